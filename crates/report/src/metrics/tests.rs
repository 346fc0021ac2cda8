use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::answer::{FailureKind, Priority};
use model::clock::advance;
use model::snapshot::{BridgeView, LinkStatus, TenantView};
use rstest::rstest;

use super::*;
use crate::fixture;

fn busy() -> Arc<Snapshot> {
    let bridge = BridgeView {
        version: "1.2.3".into(),
        ..BridgeView::default()
    };
    let mut snapshot = Snapshot {
        tenant: Arc::new(TenantView {
            bridge,
            ..TenantView::default()
        }),
        wall_ahead: SignedDuration::from_hours(1),
        clock_skew_ms: Some(-1_250),
        log_lines_lost: 2,
        unknown_values: Arc::new(vec![("A".into(), 2), ("B".into(), 3)]),
        ..fixture::snapshot()
    };
    snapshot.budget.sent_total = [(Priority::Poll, 40), (Priority::Clear, 1)].into();
    snapshot.budget.failed_total = [(FailureKind::Timeout, 3)].into();
    let poll = Arc::make_mut(&mut snapshot.poll);
    poll.last_good_at = Some(fixture::now() - Duration::from_millis(2_500));
    poll.latency.samples = 9;
    let links = Arc::make_mut(&mut snapshot.links);
    links.entra.status = LinkStatus::Up;
    links.procall.status = LinkStatus::Down;
    links.procall_silent_since = Some(fixture::now() - Duration::from_mins(1));
    Arc::new(snapshot)
}

fn written(how: Exposition) -> String {
    metrics(&busy(), fixture::now(), how).unwrap()
}

#[test]
fn open_metrics_of_six_users() {
    insta::assert_snapshot!(written(Exposition::OpenMetrics));
}

#[test]
fn prometheus_text_of_six_users() {
    insta::assert_snapshot!(written(Exposition::Text));
}

/// What is held against the form of each format, metric by metric.
#[derive(Default)]
struct Family<'a> {
    kind: &'a str,
    unit: Option<&'a str>,
    help: bool,
    samples: BTreeSet<&'a str>,
}

/// Reads a page as strictly as OpenMetrics 1.0 is written: each family once and in one piece, with its
/// help and type before its samples, names and values of their form, nothing twice.
fn strictly_read(page: &str) -> BTreeMap<&str, Family<'_>> {
    let mut families = BTreeMap::<&str, Family<'_>>::new();
    let mut order = Vec::new();
    assert!(page.ends_with('\n'));
    for line in page.lines().filter(|line| *line != "# EOF") {
        let (name, rest, sort) = if let Some(described) = line.strip_prefix("# ") {
            let mut parts = described.splitn(3, ' ');
            let (sort, name) = (parts.next().unwrap(), parts.next().unwrap());
            (name, parts.next().unwrap(), sort)
        } else {
            let end = line.find(['{', ' ']).unwrap();
            let (name, rest) = line.split_at(end);
            (name, rest, "sample")
        };
        let name = family_of(name, sort, &families);
        if order.last() != Some(&name) {
            assert!(!order.contains(&name), "{name} is in two places");
            order.push(name);
        }
        let family = families.entry(name).or_default();
        match sort {
            "HELP" => assert!(!std::mem::replace(&mut family.help, true) && !rest.is_empty()),
            "TYPE" => family.kind = rest,
            "UNIT" => family.unit = Some(rest),
            _ => {
                let (labels, value) = rest.rsplit_once(' ').unwrap();
                let value: f64 = value.parse().unwrap();
                assert!(value.is_finite(), "{line}");
                let well_formed = labels.is_empty()
                    || labels
                        .strip_prefix('{')
                        .and_then(|labels| labels.strip_suffix("\"}"))
                        .and_then(|labels| labels.split_once("=\""))
                        .is_some_and(|(name, value)| is_name(name) && !value.contains('"'));
                assert!(well_formed, "{line}");
                assert!(family.samples.insert(labels), "twice: {line}");
            }
        }
    }
    families
}

fn family_of<'a>(name: &'a str, sort: &str, known: &BTreeMap<&'a str, Family<'a>>) -> &'a str {
    assert!(is_name(name), "{name}");
    if sort != "sample" || known.contains_key(name) {
        return name;
    }
    let base = name.strip_suffix("_total").or(name.strip_suffix("_info"));
    base.unwrap_or_else(|| panic!("{name} has no type"))
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit();
    !name.is_empty() && name.chars().all(fits) && !name.starts_with(|c: char| c.is_ascii_digit())
}

#[test]
fn open_metrics_has_its_form() {
    let page = written(Exposition::OpenMetrics);
    assert!(page.ends_with("\n# EOF\n"));
    assert_eq!(page.matches("# EOF").count(), 1);
    for (name, family) in strictly_read(&page) {
        assert!(family.help, "{name}");
        let kinds = ["gauge", "counter", "info"];
        assert!(kinds.contains(&family.kind), "{name}: {}", family.kind);
        let unit = name.strip_suffix("_seconds").map(|_| "seconds");
        assert_eq!(family.unit, unit, "{name}");
        assert!(
            !name.ends_with("_total") && !name.ends_with("_info"),
            "{name}"
        );
    }
}

/// `node_exporter` refuses a whole file for a type that it does not know.
#[test]
fn the_text_for_files_has_only_what_the_old_format_knows() {
    let page = written(Exposition::Text);
    assert!(!page.contains("# EOF") && !page.contains("# UNIT"));
    for (name, family) in strictly_read(&page) {
        assert!(["gauge", "counter"].contains(&family.kind), "{name}");
        assert_eq!(family.kind == "counter", name.ends_with("_total"), "{name}");
    }
}

#[rstest]
#[case(Exposition::OpenMetrics)]
#[case(Exposition::Text)]
fn no_user_is_named(#[case] how: Exposition) {
    let page = written(how);
    for row in busy().rows.iter() {
        assert!(!page.contains(row.user_name.as_str()));
        assert!(!page.contains(&*row.display_name));
    }
    assert!(!page.contains('@'));
}

#[test]
fn every_metric_is_written_under_the_name_that_it_has_in_prometheus() {
    let page = written(Exposition::Text);
    for metric in METRICS {
        let described = format!("# TYPE {} ", metric.full_name());
        assert!(page.contains(&described), "{described}");
    }
    let names: BTreeSet<_> = METRICS.iter().map(Metric::full_name).collect();
    assert_eq!(names.len(), METRICS.len());
}

#[test]
fn the_documentation_has_every_metric_as_it_is() {
    let page = include_str!("../../../../docs/monitoring.md");
    for metric in METRICS {
        let kind = match metric.kind() {
            MetricType::Info => "info",
            MetricType::Counter => "counter",
            _ => "gauge",
        };
        let label = metric.label.map(|label| format!("`{label}`"));
        let (name, help) = (metric.full_name(), metric.help);
        let row = format!(
            "| `{name}` | {kind} | {} | {help} |",
            label.unwrap_or_default()
        );
        assert!(page.contains(&row), "{row}");
    }
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| `lampfield_"));
    assert_eq!(rows.count(), METRICS.len());
}

#[test]
fn before_the_first_cycle_nothing_is_said_of_one() {
    let snapshot = Arc::new(Snapshot::empty(Arc::default(), fixture::now()));
    let page = metrics(&snapshot, fixture::now(), Exposition::OpenMetrics).unwrap();
    strictly_read(&page);
    for silent in [
        "poll_duration_seconds ",
        "poll_last_success_age_seconds ",
        "link_up{",
    ] {
        let sample = format!("\nlampfield_{silent}");
        assert!(!page.contains(&sample), "{sample}");
    }
    assert!(page.contains("\nlampfield_leases{verdict=\"confirmed\"} 0\n"));
}

#[test]
fn ages_grow_and_a_throttle_ends() {
    let later = advance(fixture::now(), Duration::from_secs(30));
    let page = metrics(&busy(), later, Exposition::Text).unwrap();
    assert!(page.contains("\nlampfield_poll_last_success_age_seconds 32.5\n"));
    assert!(page.contains("\nlampfield_procall_silence_seconds 90.0\n"));
    assert!(page.contains("\nlampfield_throttle_remaining_seconds 0.0\n"));
}

#[test]
fn counts_of_leases_add_up() {
    let page = written(Exposition::Text);
    let of = |verdict: &str| {
        let start = format!("lampfield_leases{{verdict=\"{verdict}\"}} ");
        let line = page.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap().parse::<usize>().unwrap()
    };
    let all = ["pending", "confirmed", "masked", "no_effect"].map(of);
    assert_eq!(all.iter().sum::<usize>(), busy().leases.held);
}
