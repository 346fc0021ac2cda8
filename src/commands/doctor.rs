//! `doctor`: the checks one after the other, each shown as soon as it has ended.

use std::time::Duration;

use eyre::Report;
use tokio::sync::watch;

use crate::clock::{Clock as _, elapsed};
use crate::clocks::SystemClock;
use crate::config::{
    Cli, Config, DoctorArgs, DoctorFormat, Environment, Exit, Faults, Found, find, load,
};
use crate::doctor::{
    Check, CheckContext, CheckName, Configured, Course, Finding, Stop, bridge, check_text,
    configuration, doctor_json, plan, seen_bridge, stopped, summary_text,
};
use crate::report::Look;
use crate::wiring::output::{Printer, look, print};
use crate::wiring::run_to_end;
use crate::wiring::signals::Signals;
use crate::wiring::site::Site;

/// Runs `lampfield doctor`; returns how the program ends.
pub(super) fn doctor(cli: &Cli, env: &Environment, args: &DoctorArgs) -> Result<Exit, Report> {
    let mut progress = Progress::new(args.format, look(cli, env));
    match wanted(cli, env) {
        Ok(Wanted::Nothing) if args.socket.is_some() => attached(progress, env, args),
        Ok(Wanted::Nothing) => progress.without(configuration(Configured::Nothing)),
        Ok(Wanted::Demo) => examine(progress, None, cli, env, args),
        Ok(Wanted::Tenant(config)) => examine(progress, Some(*config), cli, env, args),
        Err(faults) => progress.without(configuration(Configured::Faulty(&faults))),
    }
}

enum Wanted {
    Nothing,
    Demo,
    Tenant(Box<Config>),
}

/// Where nothing is configured, nothing is checked: a demo that is well says nothing about the
/// tenant that somebody meant.
fn wanted(cli: &Cli, env: &Environment) -> Result<Wanted, Faults> {
    if cli.global.demo {
        return Ok(Wanted::Demo);
    }
    let Found::File(file) = find(cli.global.config.as_deref(), env)? else {
        return Ok(Wanted::Nothing);
    };
    let config = load(&file, env)?.chosen(&file, cli.global.site.as_deref())?;
    let config = config.with_flags(cli.global.observe, cli.global.log_level);
    Ok(Wanted::Tenant(Box::new(config)))
}

/// Without a configuration: what the bridge of the socket says of itself.
fn attached(mut progress: Progress, env: &Environment, args: &DoctorArgs) -> Result<Exit, Report> {
    let began = progress.clock.now();
    let socket = args.socket.as_deref();
    let seen = run_to_end(async { Ok(seen_bridge(None, socket, env).await) })?;
    let took = elapsed(began, progress.clock.now());
    let shown = progress.take(CheckName::Bridge, bridge(&seen), took);
    let conclusion = progress.conclusion()?;
    print(&format!("{}{conclusion}", shown.unwrap_or_default()))?;
    Ok(progress.verdict())
}

fn examine(
    mut progress: Progress,
    config: Option<Config>,
    cli: &Cli,
    env: &Environment,
    args: &DoctorArgs,
) -> Result<Exit, Report> {
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let (tell, mut stop) = watch::channel(None);
        tokio::spawn(async move {
            let exit = signals.end(None).await;
            // Nobody listens any more: it has ended by itself.
            let _ = tell.send(Some(exit));
        });
        let site = Site::open(config, cli).await?;
        let plan = plan(&site.config, args);
        let mut context = CheckContext::new(&site, args, env, progress.look.lang, stop.clone());
        let out = Printer::start()?;
        let ended = progress
            .go_through(&plan, &mut context, &out, stop.clone())
            .await;
        drop(context);
        site.close().await;
        out.print_until(progress.conclusion()?, stopped(&mut stop))
            .await;
        out.last_words();
        // Somebody may have ended it while nobody read the last of it.
        let ended = ended.or(*stop.borrow()).map(|exit| match exit {
            // Ctrl-C leaves the question open: no success.
            Exit::Ok => Exit::Failure,
            other => other,
        });
        Ok(ended.unwrap_or(progress.verdict()))
    })
}

/// How far the checks have come: findings so far, and how each is shown.
pub(super) struct Progress {
    format: DoctorFormat,
    look: Look,
    course: Course,
    clock: SystemClock,
}

impl Progress {
    pub(super) fn new(format: DoctorFormat, look: Look) -> Self {
        Self {
            format,
            look,
            course: Course::default(),
            clock: SystemClock::new(),
        }
    }

    /// There is nothing to examine: the configuration alone is shown.
    fn without(&mut self, finding: Finding) -> Result<Exit, Report> {
        let shown = self.take(CheckName::Configuration, finding, Duration::ZERO);
        print(&format!(
            "{}{}",
            shown.unwrap_or_default(),
            self.conclusion()?
        ))?;
        Ok(Exit::Usage)
    }

    /// All checks; how the program ends where somebody has ended it.
    pub(super) async fn go_through(
        &mut self,
        plan: &[CheckName],
        context: &mut CheckContext<'_>,
        out: &Printer,
        mut stop: Stop,
    ) -> Option<Exit> {
        for &name in plan {
            let began = self.clock.now();
            let finding = match self.course.hindrance(name) {
                Some(skipped) => skipped,
                // They listen themselves, because they must take back what they have set, or end
                // their session.
                None if matches!(
                    name,
                    CheckName::Write | CheckName::UcLogIn | CheckName::Users
                ) =>
                {
                    context.check(name).await
                }
                None => tokio::select! {
                    finding = context.check(name) => finding,
                    _ = stopped(&mut stop) => break,
                },
            };
            let took = elapsed(began, self.clock.now());
            let text = self.take(name, finding, took).unwrap_or_default();
            let heard = out.print_until(text, stopped(&mut stop)).await;
            if !heard || stop.borrow().is_some() {
                break;
            }
        }
        let ended = *stop.borrow();
        if ended.is_some() {
            self.course.interrupt();
        }
        ended
    }

    /// What has been found so far.
    pub(super) const fn course(&mut self) -> &mut Course {
        &mut self.course
    }

    /// Keeps a finding; its text where findings are shown one by one.
    fn take(&mut self, name: CheckName, finding: Finding, took: Duration) -> Option<String> {
        let check = Check {
            name,
            finding,
            took,
        };
        let text = (self.format == DoctorFormat::Table).then(|| check_text(&check, &self.look));
        self.course.take(check);
        text
    }

    fn conclusion(&self) -> Result<String, Report> {
        Ok(match self.format {
            DoctorFormat::Table => summary_text(&self.course, &self.look),
            DoctorFormat::Json => doctor_json(&self.course, self.look.lang)?,
        })
    }

    fn verdict(&self) -> Exit {
        if self.course.is_ok() {
            Exit::Ok
        } else {
            Exit::Failure
        }
    }
}
