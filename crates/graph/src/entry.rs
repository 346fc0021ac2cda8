//! One presence as Graph writes it, and what it says.

use serde::de::MapAccess;

use super::PresenceReading;
use super::lenient::{Flag, Members, Object, Text, ignore};
use model::presence::{EntraId, TeamsPresence};

/// The members that anybody looks at.
#[derive(Default)]
pub(super) struct Entry<'a> {
    pub(super) id: Text<'a>,
    pub(super) availability: Text<'a>,
    pub(super) activity: Text<'a>,
    /// Of no use, but the one other value that differs from entry to entry.
    pub(super) sequence_number: Text<'a>,
    out_of_office: Object<OutOfOffice>,
}

#[derive(Default)]
struct OutOfOffice(Flag);

impl<'de: 'a, 'a> Members<'de> for Entry<'a> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "id" => self.id = map.next_value()?,
            "availability" => self.availability = map.next_value()?,
            "activity" => self.activity = map.next_value()?,
            "sequenceNumber" => self.sequence_number = map.next_value()?,
            "outOfOfficeSettings" => self.out_of_office = map.next_value()?,
            _ => ignore(map)?,
        }
        Ok(())
    }
}

impl<'de> Members<'de> for OutOfOffice {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "isOutOfOffice" => self.0 = map.next_value()?,
            _ => ignore(map)?,
        }
        Ok(())
    }
}

impl Entry<'_> {
    pub(super) fn is_out_of_office(&self) -> bool {
        self.out_of_office.0.0.0.unwrap_or(false)
    }

    /// Nothing without a usable id.
    pub(super) fn reading(&self) -> Option<PresenceReading> {
        let id = EntraId::parse(self.id.as_deref()?).ok()?;
        let pair = self.availability.as_deref().zip(self.activity.as_deref());
        Some(PresenceReading {
            id,
            presence: pair
                .map(|(availability, activity)| TeamsPresence::parse(availability, activity)),
            out_of_office: self.is_out_of_office(),
        })
    }
}
