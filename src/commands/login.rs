//! `lampfield login`: a user signs in by device code, in any browser on any machine.

use std::time::Duration;

use crate::clock::{Clock, advance};
use crate::config::{Cli, Config, Environment, Exit, ReadWith};
use crate::doctor::failed_request;
use crate::graph::{DevicePrompt, DeviceSignIn, Failure, Polled, UserGrant};
use crate::presence::Lang;
use color_eyre::eyre::{Report, eyre};

use crate::wiring::output::{complain, say};
use crate::wiring::sign_in::{SignIn, SignInFile};
use crate::wiring::signals::Signals;
use crate::wiring::site::{Site, graph_settings};
use crate::wiring::{configuration, nothing_configured, run_to_end};

/// Runs `lampfield login`; returns how the program ends.
pub(super) fn login(cli: &Cli, env: &Environment) -> Result<Exit, Report> {
    let lang = cli.global.lang.unwrap_or_else(|| env.lang());
    if cli.global.demo {
        complain("lampfield: the demo tenant needs no sign-in");
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
        Ok(Polled::Declined) => Ok(fail(
            lang,
            "Die Anmeldung wurde abgelehnt.",
            "The sign-in was declined.",
        )),
        Ok(Polled::Expired | Polled::Wait(_)) => Ok(fail(
            lang,
            "Der Code ist abgelaufen. Noch einmal: lampfield login",
            "The code has expired. Again: lampfield login",
        )),
        Err(failure) => Ok(refused(&failure, lang)),
    }
}

fn invitation(prompt: &DevicePrompt, lang: Lang) -> String {
    let (place, code) = (&prompt.verification_uri, &prompt.user_code);
    let minutes = prompt.expires_in.as_secs() / 60;
    match lang {
        Lang::De => format!(
            "In einem Browser, gleich auf welchem Gerät, öffnen:\n\n    {place}\n\nund diesen Code eingeben:\n\n    {code}\n\n\
             Er gilt {minutes} Minuten. lampfield wartet; Strg-C bricht ab.\n"
        ),
        Lang::En => format!(
            "Open in a browser, on any device:\n\n    {place}\n\nand enter this code:\n\n    {code}\n\n\
             It holds for {minutes} minutes. lampfield waits; Ctrl-C ends it.\n"
        ),
    }
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
        return Err(eyre!(
            "Entra gave no refresh token: the application may not have the permission offline_access"
        ));
    };
    let file = SignInFile::for_config(config);
    let scopes = grant.scopes.clone();
    let sign_in = SignIn::new(&file, grant.account.clone(), scopes, clock.now(), token);
    file.write(&sign_in).map_err(|why| eyre!(why))?;
    say(&welcome(config, grant, &file, lang))
}

fn welcome(config: &Config, grant: &UserGrant, file: &SignInFile, lang: Lang) -> String {
    let who = grant.account.as_deref().unwrap_or("?");
    let (scopes, place) = (
        grant.scopes.join(", "),
        crate::text::harmless_path(file.path()),
    );
    let unused = config.tenant.read_with == ReadWith::Application;
    let (text, hint) = match lang {
        Lang::De => (
            format!(
                "Angemeldet als {who}. Berechtigungen: {scopes}\nAufbewahrt in {place} (0600).\n"
            ),
            "Benutzt wird die Anmeldung erst mit read_with = \"delegated\" in [tenant].\n",
        ),
        Lang::En => (
            format!("Signed in as {who}. Permissions: {scopes}\nKept in {place} (0600).\n"),
            "The sign-in is used with read_with = \"delegated\" in [tenant] only.\n",
        ),
    };
    if unused { text + hint } else { text }
}

fn fail(lang: Lang, de: &str, en: &str) -> Exit {
    let said = match lang {
        Lang::De => de,
        Lang::En => en,
    };
    complain(&format!("lampfield: {said}"));
    Exit::Failure
}

fn refused(failure: &Failure, lang: Lang) -> Exit {
    let finding = failed_request(failure, "");
    complain(&format!("lampfield: {}", finding.message.in_lang(lang)));
    for words in finding.advice.iter().chain(&finding.details) {
        complain(words.in_lang(lang));
    }
    if failure
        .aadsts()
        .is_some_and(|code| matches!(code, 53_003 | 53_000 | 50_005 | 530_032))
    {
        complain(match lang {
            Lang::De => {
                "Viele Mandanten sperren die Anmeldung per Gerätecode mit Absicht. Lesen als Anwendung braucht keine: read_with = \"application\""
            }
            Lang::En => {
                "Many tenants block sign-ins by device code on purpose. Reading as the application needs none: read_with = \"application\""
            }
        });
    }
    Exit::Failure
}
