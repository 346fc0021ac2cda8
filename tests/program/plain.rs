//! The dashboard in lines: beside a service, and alone.

use rustix::process::Signal;

use crate::attach::{call, service};
use crate::common::eventually;
use crate::common::program::{Site, Started};
use lampfield::simulator::{PbxState, Verb};

/// Waits until it has printed this.
async fn prints(lines: &Started, words: &str) {
    let printed = eventually(|| lines.out_text().contains(words)).await;
    assert!(
        printed,
        "{words:?}: {}{}",
        lines.out_text(),
        lines.err_text()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_piped_dashboard_shows_the_service_and_takes_its_place_when_that_ends() {
    let (site, mut service, name) = service("").await;
    let control = site.tenant.control();
    control.forget_requests();
    let mut lines = site.begin("lines", &["--lang", "en"]);
    let whose = format!("attached to the bridge of process {}", service.pid());
    prints(&lines, &whose).await;
    prints(&lines, "Lease: Busy/InACall, confirmed").await;
    let requests = control.requests();
    let tokens = requests.iter().filter(|it| it.path.contains("/token"));
    assert_eq!(tokens.count(), 0, "it asks Graph nothing");
    let first = lines.out_text();
    let head = first.lines().filter(|line| line.contains("WRITING"));
    assert_eq!(head.count(), 1, "{first}");
    call(control, &name, PbxState::Ended);
    let of_user = |text: &str| text.matches(&format!("User: {name}")).count();
    let before = of_user(&first);
    assert!(eventually(|| of_user(&lines.out_text()) > before).await);
    service.signal(Signal::TERM);
    service.end().await;
    prints(&lines, "The bridge has ended, or is not seen any more").await;
    prints(&lines, "this console is the bridge now").await;
    call(control, &name, PbxState::Connected);
    let last = || control.writes().last().map(|it| it.verb);
    let is_set = eventually(|| last() == Some(Verb::Set)).await;
    assert!(is_set, "{}", lines.out_text());
    let said = lines.out_text();
    let head = said.lines().filter(|line| line.contains("  lampfield"));
    assert_eq!(head.count(), 1, "nothing of it has changed: {said}");
    lines.signal(Signal::TERM);
    assert_eq!(lines.end().await.code(), Some(143));
    assert_eq!(last(), Some(Verb::Clear), "it gives back what it has set");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attached_in_lines_it_says_when_the_bridge_ends_and_is_there_again() {
    let (site, mut service, _) = service("[attach]\nsocket = \"l.sock\"").await;
    let args = ["--lang", "de", "--plain", "attach", "--socket", "l.sock"];
    let mut lines = site.begin("lines", &args);
    prints(&lines, "@").await;
    service.signal(Signal::TERM);
    prints(&lines, "Die Brücke ist beendet").await;
    service.end().await;
    let _again = site.begin("again", &["run"]);
    prints(&lines, "Die Brücke ist wieder da.").await;
    lines.signal(Signal::TERM);
    assert_eq!(lines.end().await.code(), Some(143));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alone_it_says_mode_and_coverage_once() {
    let site = Site::with_users(5, "").await;
    let mut lines = site.begin("lines", &["--lang", "en", "--plain"]);
    prints(&lines, "User: ").await;
    let said = lines.out_text();
    let head = said.lines().filter(|line| line.contains("  lampfield  "));
    assert_eq!(head.count(), 1, "{said}");
    assert!(said.lines().next().unwrap().contains("5 matched"), "{said}");
    lines.signal(Signal::TERM);
    assert_eq!(lines.end().await.code(), Some(143));
}
