//! `lampfield doctor`: the checks themselves. What they found is put into words by
//! [`lampfield::doctor`].
//!
//! | file | what |
//! | --- | --- |
//! | `context` | what is examined, and what earlier checks have brought for later ones |
//! | `dispatch` | which check is made by what |
//! | `heard` | what ProCall's side has told |
//! | `network` | names, connections |
//! | `procall` | ProCall's users, UCServer |
//! | `trial` | the one write |
//! | `disk` | state and log directory |

mod context;
mod disk;
mod dispatch;
mod heard;
mod network;
mod procall;
mod trial;

use std::time::Duration;

use color_eyre::eyre::Report;
use lampfield::clock::{Clock as _, elapsed};
use lampfield::clocks::SystemClock;
use lampfield::config::{
    Cli, Config, DoctorArgs, DoctorFormat, Environment, Exit, Faults, Found, Procall, ReadWith,
    find, load,
};
use lampfield::doctor::{
    Check, CheckName, Configured, Course, Finding, check_text, configuration, doctor_json,
    summary_text,
};
use lampfield::report::Look;
use tokio::sync::watch;

use super::headless::look;
use super::output::{Printer, print};
use super::run_to_end;
use super::signals::Signals;
use super::site::Site;
use context::CheckContext;

/// Somebody ends the program: how it then ends.
type Stop = watch::Receiver<Option<Exit>>;

/// Runs `lampfield doctor`; returns how the program ends.
pub(crate) fn doctor(cli: &Cli, env: &Environment, args: &DoctorArgs) -> Result<Exit, Report> {
    let mut progress = Progress::new(args.format, look(cli, env));
    match wanted(cli, env) {
        Ok(Wanted::Nothing) => progress.without(configuration(Configured::Nothing)),
        Ok(Wanted::Demo) => examine(progress, None, cli, args),
        Ok(Wanted::Tenant(config)) => examine(progress, Some(*config), cli, args),
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
    let config = load(&file, env)?.with_flags(cli.global.observe, cli.global.log_level);
    Ok(Wanted::Tenant(Box::new(config)))
}

fn examine(
    mut progress: Progress,
    config: Option<Config>,
    cli: &Cli,
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
        let mut context = CheckContext::new(&site, args, progress.look.lang, stop.clone());
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

/// The checks for this configuration, in their order.
fn plan(config: &Config, args: &DoctorArgs) -> Vec<CheckName> {
    use CheckName as C;
    let mut plan = vec![
        C::Configuration,
        C::Credential,
        C::Dns,
        C::Connection,
        C::Clock,
        C::Token,
        C::Permissions,
    ];
    if config.tenant.read_with == ReadWith::Delegated {
        plan.push(C::SignIn);
    }
    plan.push(C::Directory);
    match config.procall {
        Procall::File(_) => plan.push(C::Users),
        Procall::UcServer(_) => plan.extend([
            C::UcServer,
            C::UcLogIn,
            C::Users,
            C::Subscription,
            C::Rights,
            C::NativeTeams,
        ]),
    }
    plan.extend([C::Coverage, C::Presence, C::State, C::Log]);
    if args.write {
        plan.push(C::Write);
    }
    plan
}

/// How far the checks have come: findings so far, and how each is shown.
struct Progress {
    format: DoctorFormat,
    look: Look,
    course: Course,
    clock: SystemClock,
}

impl Progress {
    fn new(format: DoctorFormat, look: Look) -> Self {
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
    async fn go_through(
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
                None if name == CheckName::Write => context.try_a_write().await,
                None if matches!(name, CheckName::UcLogIn | CheckName::Users) => {
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

/// Ends when somebody ends the program.
async fn stopped(stop: &mut Stop) -> Option<Exit> {
    match stop.wait_for(Option::is_some).await {
        Ok(exit) => *exit,
        Err(_) => std::future::pending().await,
    }
}
