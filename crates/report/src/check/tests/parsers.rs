//! What Nagios, Checkmk and PRTG read, as their specifications have it and stricter: what one of
//! them would only guess at is an error here.

use std::collections::BTreeMap;

use serde_json::Value;

/// So many bytes of a plugin's output Nagios reads (`MAX_PLUGIN_OUTPUT_LENGTH`).
const NAGIOS_LIMIT: usize = 4_096;

/// So many characters of a message PRTG takes.
const PRTG_LIMIT: usize = 2_000;

type Result<T> = std::result::Result<T, String>;

fn refused<T>(what: &str, at: &str) -> Result<T> {
    Err(format!("{what}: {at:?}"))
}

/// A number of the class `[-0-9.]`.
fn number(text: &str) -> Result<f64> {
    let plain = text
        .chars()
        .all(|letter| matches!(letter, '0'..='9' | '-' | '.'));
    match text.parse() {
        Ok(value) if plain => Ok(value),
        _ => refused("no number", text),
    }
}

fn maybe(text: Option<&str>) -> Result<Option<f64>> {
    text.filter(|text| !text.is_empty()).map(number).transpose()
}

/// `[@][start:]end`, where it is well within.
#[derive(Clone, Copy, Debug)]
struct Range {
    start: f64,
    end: f64,
}

impl Range {
    fn read(text: Option<&str>) -> Result<Option<Self>> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let (start, end) = text.split_once(':').unwrap_or(("0", text));
        let start = match start {
            "~" => f64::NEG_INFINITY,
            start => number(start)?,
        };
        let end = match end {
            "" => f64::INFINITY,
            end => number(end)?,
        };
        if start > end {
            return refused("no range", text);
        }
        Ok(Some(Self { start, end }))
    }

    fn has(self, value: f64) -> bool {
        (self.start..=self.end).contains(&value)
    }
}

/// A value with what is well.
#[derive(Debug)]
pub(super) struct Datum {
    value: f64,
    warn: Option<Range>,
    crit: Option<Range>,
}

impl Datum {
    pub(super) fn state(&self) -> u8 {
        let beyond = |range: Option<Range>| range.is_some_and(|range| !range.has(self.value));
        match (beyond(self.crit), beyond(self.warn)) {
            (true, _) => 2,
            (false, true) => 1,
            _ => 0,
        }
    }
}

#[derive(Debug)]
pub(super) struct NagiosOutput {
    pub(super) state: u8,
    pub(super) data: BTreeMap<String, Datum>,
}

/// `TEXT | DATA`, then lines of text.
pub(super) fn nagios_output(output: &str) -> Result<NagiosOutput> {
    if output.len() > NAGIOS_LIMIT || !output.ends_with('\n') {
        return refused("cut", output);
    }
    let mut lines = output.lines();
    let first = lines.next().unwrap_or_default();
    let (text, data) = match first.split_once(" | ") {
        Some((text, data)) => (text, data),
        None => (first, ""),
    };
    if text.contains(['|', '`', '~', '$', '<', '>', '"']) || lines.any(|line| line.contains('|')) {
        return refused("a forbidden character", output);
    }
    let states = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];
    let head = text.split_once(" - ").map(|(head, _)| head);
    let word = head.and_then(|head| head.split(' ').next_back());
    let Some(state) = states.iter().position(|state| Some(*state) == word) else {
        return refused("no state", text);
    };
    let mut read = BTreeMap::new();
    for datum in data.split(' ').filter(|datum| !datum.is_empty()) {
        let (label, datum) = nagios_datum(datum)?;
        if read.insert(label, datum).is_some() {
            return refused("a label twice", data);
        }
    }
    Ok(NagiosOutput {
        state: u8::try_from(state).unwrap(),
        data: read,
    })
}

/// `'label'=value[UOM];[warn];[crit];[min];[max]`
fn nagios_datum(text: &str) -> Result<(String, Datum)> {
    let quoted = text.strip_prefix('\'').and_then(|it| it.split_once("'="));
    let Some((label, rest)) = quoted else {
        return refused("no quoted label", text);
    };
    if label.is_empty() || label.contains(['\'', '=', ' ']) || label.len() > 19 {
        return refused("a label that would be cut or needs more quotes", text);
    }
    let mut fields = rest.split(';');
    let value = fields.next().unwrap_or_default();
    let unit = value.trim_start_matches(|letter: char| matches!(letter, '0'..='9' | '-' | '.'));
    if !["", "s", "us", "ms", "%", "B", "KB", "MB", "GB", "TB", "c"].contains(&unit) {
        return refused("no unit of measurement", text);
    }
    let datum = Datum {
        value: number(value.strip_suffix(unit).unwrap_or(value))?,
        warn: Range::read(fields.next())?,
        crit: Range::read(fields.next())?,
    };
    let (least, most) = (maybe(fields.next())?, maybe(fields.next())?);
    let outside = least.is_some_and(|least| datum.value < least)
        || most.is_some_and(|most| datum.value > most);
    if fields.next().is_some() || outside {
        return refused("not within its limits", text);
    }
    Ok((label.to_owned(), datum))
}

#[derive(Debug)]
pub(super) struct Service {
    pub(super) state: u8,
    pub(super) metrics: Vec<(String, f64)>,
}

/// `<state> "<service>" <metrics> <text>` by the line, one space in between; a service comes once.
pub(super) fn checkmk_lines(output: &str) -> Result<BTreeMap<String, Service>> {
    let mut services = BTreeMap::new();
    for line in output.lines() {
        let (name, service) = checkmk_line(line)?;
        if services.insert(name, service).is_some() {
            return refused("a service twice", line);
        }
    }
    Ok(services)
}

fn checkmk_line(line: &str) -> Result<(String, Service)> {
    let parts = line.split_once(" \"").and_then(|(state, rest)| {
        let (name, rest) = rest.split_once("\" ")?;
        let (metrics, text) = rest.split_once(' ')?;
        Some((state, name, metrics, text))
    });
    let Some((state, name, metrics, text)) = parts else {
        return refused("not four parts", line);
    };
    let Some(state) = ["0", "1", "2", "3"]
        .iter()
        .position(|known| *known == state)
    else {
        return refused("no state", line);
    };
    if name.is_empty() || name.contains(['"', '\'', '|', '\\']) {
        return refused("no service", line);
    }
    let details = text.replace("\\n", "");
    if details.trim().is_empty() || details.contains(['\\', '|']) || text.starts_with(' ') {
        return refused("no text", line);
    }
    let metrics = match metrics {
        "-" => Vec::new(),
        metrics => metrics.split('|').map(metric).collect::<Result<_>>()?,
    };
    let state = u8::try_from(state).unwrap();
    Ok((name.to_owned(), Service { state, metrics }))
}

/// `name=value[;[lower:]warn[;[lower:]crit[;min[;max]]]]`, where a name is one of Checkmk's.
fn metric(text: &str) -> Result<(String, f64)> {
    let Some((name, rest)) = text.split_once('=') else {
        return refused("no metric", text);
    };
    let letters = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if !starts || !name.chars().all(letters) {
        return refused("no name of a metric", text);
    }
    let mut fields = rest.split(';');
    let value = number(fields.next().unwrap_or_default())?;
    for level in fields.by_ref().take(2) {
        let (lower, upper) = level.split_once(':').unwrap_or(("", level));
        maybe(Some(lower))?;
        maybe(Some(upper))?;
    }
    for limit in fields.by_ref().take(2) {
        maybe(Some(limit))?;
    }
    match fields.next() {
        Some(_) => refused("too much", text),
        None => Ok((name.to_owned(), value)),
    }
}

#[derive(Debug)]
pub(super) struct Channel {
    pub(super) value: f64,
    limits: [Option<i64>; 4],
}

impl Channel {
    /// What PRTG makes of the limits.
    pub(super) fn state(&self) -> u8 {
        let [max_warn, max_error, min_warn, min_error] = self.limits.map(|limit| {
            #[allow(clippy::cast_precision_loss)] // small numbers
            limit.map(|limit| limit as f64)
        });
        let above = |limit: Option<f64>| limit.is_some_and(|limit| self.value > limit);
        let below = |limit: Option<f64>| limit.is_some_and(|limit| self.value < limit);
        match (
            above(max_error) || below(min_error),
            above(max_warn) || below(min_warn),
        ) {
            (true, _) => 2,
            (false, true) => 1,
            _ => 0,
        }
    }
}

#[derive(Debug)]
pub(super) struct Sensor {
    pub(super) is_down: bool,
    pub(super) text: String,
    pub(super) channels: BTreeMap<String, Channel>,
}

const UNITS: [&str; 13] = [
    "BytesBandwidth",
    "BytesDisk",
    "Temperature",
    "Percent",
    "TimeResponse",
    "TimeSeconds",
    "Custom",
    "Count",
    "CPU",
    "BytesFile",
    "SpeedDisk",
    "SpeedNet",
    "TimeHours",
];

const LIMITS: [&str; 4] = [
    "limitmaxwarning",
    "limitmaxerror",
    "limitminwarning",
    "limitminerror",
];

/// `{"prtg":{"result":[...],"text":...}}` or `{"prtg":{"error":1,"text":...}}`.
pub(super) fn prtg_sensor(output: &str) -> Result<Sensor> {
    let json: Value = serde_json::from_str(output).map_err(|why| why.to_string())?;
    let Some(prtg) = json["prtg"].as_object() else {
        return refused("no prtg", output);
    };
    let text = prtg.get("text").and_then(Value::as_str).unwrap_or_default();
    if text.is_empty() || text.chars().count() > PRTG_LIMIT || text.contains(['#', '\n']) {
        return refused("a message that PRTG cuts", text);
    }
    let is_down = prtg.get("error").is_some_and(|error| *error == 1);
    let results = prtg.get("result").and_then(Value::as_array);
    if is_down == results.is_some() {
        return refused("neither values nor an error", output);
    }
    let mut channels = BTreeMap::new();
    for result in results.into_iter().flatten() {
        let (name, channel) = prtg_channel(result)?;
        if channels.insert(name, channel).is_some() {
            return refused("a channel twice", output);
        }
    }
    if channels.len() > 50 {
        return refused("more channels than PRTG supports", output);
    }
    Ok(Sensor {
        is_down,
        text: text.to_owned(),
        channels,
    })
}

fn prtg_channel(result: &Value) -> Result<(String, Channel)> {
    let at = result.to_string();
    let name = result["channel"].as_str().unwrap_or_default();
    let decimal = result["float"] == 1;
    let Some(value) = result["value"].as_f64() else {
        return refused("no value", &at);
    };
    let known = result["unit"]
        .as_str()
        .is_some_and(|it| UNITS.contains(&it));
    if name.is_empty() || !known || (!decimal && !result["value"].is_i64()) {
        return refused("not as PRTG wants it", &at);
    }
    let fields = ["channel", "value", "float", "unit", "limitmode"];
    let mut keys = result.as_object().into_iter().flat_map(|it| it.keys());
    if keys.any(|key| !fields.contains(&&**key) && !LIMITS.contains(&&**key)) {
        return refused("an element that PRTG does not know", &at);
    }
    let limits = LIMITS.map(|limit| result.get(limit));
    let whole = |limit: Option<&Value>| limit.is_none_or(Value::is_i64);
    let limited = limits.iter().any(Option::is_some);
    if !limits.into_iter().all(whole) || (result["limitmode"] == 1) != limited {
        return refused("limits that do not count", &at);
    }
    let limits = limits.map(|limit| limit.and_then(Value::as_i64));
    Ok((name.to_owned(), Channel { value, limits }))
}
