//! The snapshot as numbers for Prometheus and whatever reads its formats.
//!
//! One row of `rows` a metric: name, help, unit, type, and where its values are. No value is about one
//! user, and no user is a label: how many there are would be the monitoring system's trouble, and who
//! they are nobody's business there.

mod rows;

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::snapshot::Snapshot;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    CounterValueEncoder, DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue,
    GaugeValueEncoder, MetricEncoder, NoLabelSet, prometheus_text, text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::registry::Registry;

pub use rows::{METRICS, Metric};

/// What every name begins with.
pub(crate) const PREFIX: &str = "lampfield";

/// How the numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposition {
    /// OpenMetrics 1.0: what Prometheus asks for.
    OpenMetrics,
    /// Prometheus' text format 0.0.4: `node_exporter` takes nothing else from a file, and refuses one
    /// with a type that only OpenMetrics has.
    Text,
}

impl Exposition {
    /// Its `Content-Type`.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => prometheus_text::CONTENT_TYPE,
        }
    }
}

/// The numbers of this snapshot, at this moment of the bridge's clock.
///
/// # Errors
/// None that anything in a snapshot could cause.
pub fn metrics(
    snapshot: &Arc<Snapshot>,
    now: Timestamp,
    how: Exposition,
) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix(PREFIX);
    registry.register_collector(Box::new(Reading {
        snapshot: Arc::clone(snapshot),
        now,
    }));
    let mut written = String::new();
    match how {
        Exposition::OpenMetrics => text::encode(&mut written, &registry)?,
        Exposition::Text => prometheus_text::encode(&mut written, &registry)?,
    }
    Ok(written)
}

/// A snapshot, and when it is read.
#[derive(Debug)]
struct Reading {
    snapshot: Arc<Snapshot>,
    now: Timestamp,
}

impl Reading {
    /// Seconds since then; none for what is yet to come.
    fn seconds_since(&self, at: Timestamp) -> f64 {
        seconds(self.now.duration_since(at)).max(0.0)
    }

    /// A moment as a time of day, in seconds since 1970.
    fn time_of_day(&self, at: Timestamp) -> f64 {
        let wall = at.checked_add(self.snapshot.wall_ahead).unwrap_or(at);
        seconds(wall.duration_since(Timestamp::UNIX_EPOCH))
    }
}

/// In milliseconds: nothing here is known better, and files stay short.
fn seconds(time: SignedDuration) -> f64 {
    // Exact for 285,000 years.
    #[expect(clippy::cast_precision_loss)]
    let milliseconds = time.as_millis() as f64;
    milliseconds / 1000.0
}

/// A value with the value of its label, where its metric has one.
type Sample = (Option<Arc<str>>, Number);

/// A value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Whole(u64),
    Real(f64),
}

impl EncodeGaugeValue for Number {
    fn encode(&self, encoder: &mut GaugeValueEncoder<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => EncodeGaugeValue::encode(number, encoder),
            Self::Real(number) => EncodeGaugeValue::encode(number, encoder),
        }
    }
}

impl EncodeCounterValue for Number {
    fn encode(&self, encoder: &mut CounterValueEncoder<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => EncodeCounterValue::encode(number, encoder),
            Self::Real(number) => EncodeCounterValue::encode(number, encoder),
        }
    }
}

impl Collector for Reading {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        METRICS
            .iter()
            .try_for_each(|metric| metric.write(self, &mut encoder))
    }
}

impl Metric {
    fn write(&self, reading: &Reading, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let unit = self.unit();
        let mut metric =
            encoder.encode_descriptor(self.name, self.help, unit.as_ref(), self.kind())?;
        for (value, number) in self.samples(reading) {
            let Some((label, value)) = self.label.zip(value.as_deref()) else {
                self.write_number(&mut metric, number)?;
                continue;
            };
            let labels = [(label, value)];
            match self.kind() {
                MetricType::Info => metric.encode_info(&labels)?,
                _ => self.write_number(&mut metric.encode_family(&labels)?, number)?,
            }
        }
        Ok(())
    }

    fn write_number(&self, metric: &mut MetricEncoder<'_>, number: Number) -> fmt::Result {
        match self.kind() {
            MetricType::Counter => {
                metric.encode_counter(&number, None::<&Exemplar<NoLabelSet, f64>>)
            }
            _ => metric.encode_gauge(&number),
        }
    }
}

#[cfg(test)]
mod tests;
