//! `lampfield login`: a user signs in by device code, in any browser on any machine.

use std::time::Duration;

use crate::clock::{Clock, advance};
use crate::config::{Cli, Config, Environment, Exit, ReadWith};
use crate::doctor::failed_request;
use crate::graph::{DevicePrompt, DeviceSignIn, Failure, Polled, UserGrant};
use crate::words::{Lang, ProgramTexts, Words, fill};
use eyre::Report;

use crate::wiring::output::{complain, complain_of, say};
use crate::wiring::said::Told;
use crate::wiring::sign_in::{SignIn, SignInFile};
use crate::wiring::signals::Signals;
use crate::wiring::site::{Site, graph_settings};
use crate::wiring::{configuration, nothing_configured, run_to_end};

/// Runs `lampfield login`; returns how the program ends.
pub(super) fn login(cli: &Cli, env: &Environment) -> Result<Exit, Report> {
    let lang = cli.lang(env);
    if cli.global.demo {
        complain_of(&Words::say(|t| t.login.demo, &[]));
        return Ok(Exit::Usage);
    }
    let Some(config) = configuration(cli, env)? else {
        return Ok(nothing_configured());
    };
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let site = Site::open(Some(config), cli).await?;
        tokio::select! {
            done = sign_in(&site, lang) => done,
            exit = signals.end(None) => Ok(match exit {
                // Ctrl-C: nobody has signed in.
                Exit::Ok => Exit::Failure,
                other => other,
            }),
        }
    })
}

async fn sign_in(site: &Site, lang: Lang) -> Result<Exit, Report> {
    let config = &site.config;
    let signer = DeviceSignIn::new(&graph_settings(config), site.clock.clone())?;
    let prompt = match signer.begin().await {
        Ok(prompt) => prompt,
        Err(failure) => return Ok(refused(&failure, lang)),
    };
    say(&invitation(&prompt, lang))?;
    match wait(&signer, &prompt, site.clock.as_ref()).await {
        Ok(Polled::SignedIn(grant)) => keep(config, &grant, site.clock.as_ref(), lang),
        Ok(Polled::Declined) => Ok(fail(|t| t.login.declined)),
        Ok(Polled::Expired | Polled::Wait(_)) => Ok(fail(|t| t.login.expired)),
        Err(failure) => Ok(refused(&failure, lang)),
    }
}

fn invitation(prompt: &DevicePrompt, lang: Lang) -> String {
    let minutes = prompt.expires_in.as_secs() / 60;
    fill(
        ProgramTexts::in_lang(lang).login.invitation,
        &[
            ("place", &prompt.verification_uri),
            ("code", &prompt.user_code),
            ("n", &minutes),
        ],
    )
}

/// Polls until there is an answer, or the code's time is over.
async fn wait(
    signer: &DeviceSignIn,
    prompt: &DevicePrompt,
    clock: &dyn Clock,
) -> Result<Polled, Failure> {
    let until = advance(clock.now(), prompt.expires_in);
    let mut interval = prompt.interval;
    while clock.now() < until {
        tokio::time::sleep(interval).await;
        match signer.poll(prompt, interval).await {
            Ok(Polled::Wait(next)) => interval = next,
            // RFC 8628 3.5: no answer says nothing; poll on, more slowly.
            Err(failure) if failure.kind.is_transient() => interval = slower(interval),
            ended => return ended,
        }
    }
    Ok(Polled::Expired)
}

fn slower(interval: Duration) -> Duration {
    (interval * 2).clamp(Duration::from_secs(1), Duration::from_mins(1))
}

fn keep(config: &Config, grant: &UserGrant, clock: &dyn Clock, lang: Lang) -> Result<Exit, Report> {
    let Some(token) = &grant.refresh_token else {
        return Err(Told::alone(Words::say(|t| t.login.no_refresh_token, &[])).into());
    };
    let file = SignInFile::for_config(config);
    let scopes = grant.scopes.clone();
    let sign_in = SignIn::new(&file, grant.account.clone(), scopes, clock.now(), token);
    file.write(&sign_in).map_err(|why| {
        let (what, remedy) = Words::of_cause(&why);
        Told::alone(what.then(&remedy))
    })?;
    say(&welcome(config, grant, &file, lang))
}

fn welcome(config: &Config, grant: &UserGrant, file: &SignInFile, lang: Lang) -> String {
    let t = &ProgramTexts::in_lang(lang).login;
    let text = fill(
        t.welcome,
        &[
            ("who", &grant.account.as_deref().unwrap_or("?")),
            ("scopes", &grant.scopes.join(", ")),
            ("place", &crate::text::harmless_path(file.path())),
        ],
    );
    if config.tenant.read_with == ReadWith::Application {
        text + t.unused
    } else {
        text
    }
}

fn fail(entry: fn(&'static ProgramTexts) -> &'static str) -> Exit {
    complain_of(&Words::say(entry, &[]));
    Exit::Failure
}

fn refused(failure: &Failure, lang: Lang) -> Exit {
    let finding = failed_request(failure, "");
    complain_of(&finding.message);
    let more = finding.advice.iter().chain(&finding.details);
    for line in more.map(|words| words.in_lang(lang)) {
        if !line.is_empty() {
            complain(line);
        }
    }
    if failure
        .aadsts()
        .is_some_and(|code| matches!(code, 53_003 | 53_000 | 50_005 | 530_032))
    {
        complain(ProgramTexts::in_lang(lang).login.blocked);
    }
    Exit::Failure
}
