//! No secret in any output, whatever a server gives back of what it was sent, in whatever notation:
//! stdout of every command and format, stderr, the log, presence_out, the state folder, the screen.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use portable_pty::CommandBuilder;
use rstest::rstest;
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::eventually;
use crate::common::notations::{notations, shows};
use crate::common::program::program;
use crate::console::terminal::Terminal;

/// With everything in them that some notation writes otherwise.
const CLIENT_SECRET: &str = "k7~Qm+/=&%<z\"9XvB\\tR2'wL";
const PASSWORD: &str = "Nw4#Tz&8<q+Lc/ Rä'5%xV";
const DEVICE_CODE: &str = "DAQABIQEAAADnfolhJpSnRYB1SVj-Hgd8-device-1yx";
const REFRESH_TOKEN: &str = "1.AXEA-q9Lk_refresh.token.of-anna~7Yw3Hs0PzU";
const ALL: [&str; 4] = [CLIENT_SECRET, PASSWORD, DEVICE_CODE, REFRESH_TOKEN];
/// Notations in one answer.
const AT_ONCE: usize = 4;

/// As Entra makes them; what is in it is no secret, its signature is.
fn access_token() -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let claims =
        r#"{"roles":["Presence.ReadWrite.All","User.Read.All"],"scp":"Presence.Read.All"}"#;
    let head = r#"{"typ":"JWT","alg":"RS256","kid":"x"}"#;
    format!(
        "{}.{}.{}",
        part(head),
        part(claims),
        part("nobody may ever see this signature: 5Gh2Wq")
    )
}

/// Where the echo comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    EntraError,
    EntraPage,
    EntraRedirect,
    GraphError,
    GraphPage,
    GraphRedirect,
    GraphValues,
    UcServerRedirect,
    UcServerError,
    DeviceCode,
    RefreshToken,
}

struct Echo {
    from: From,
    next: AtomicUsize,
    /// What was sent to us that nobody may see.
    secrets: Mutex<Vec<String>>,
}

/// A form or a header, decoded.
fn sent(headers: &HeaderMap, body: &Bytes) -> Vec<String> {
    let form =
        reqwest::Url::parse(&format!("http://x/?{}", String::from_utf8_lossy(body))).unwrap();
    let secret = ["client_secret", "device_code", "refresh_token"];
    let fields = form
        .query_pairs()
        .filter(|(name, _)| secret.contains(&name.as_ref()));
    let mut sent: Vec<String> = fields.map(|(_, value)| value.into_owned()).collect();
    let header = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let header = header.and_then(|value| value.split_once(' '));
    sent.extend(header.map(|(kind, value)| match kind {
        "Basic" => {
            let both = String::from_utf8(BASE64_STANDARD.decode(value).unwrap()).unwrap();
            both.split_once(':').unwrap().1.to_owned()
        }
        _ => value.to_owned(),
    }));
    sent
}

impl Echo {
    /// The next few notations of the secret.
    fn some(&self, secret: &str) -> Vec<String> {
        let all = notations(secret);
        let at = self.next.fetch_add(AT_ONCE, Ordering::SeqCst);
        (at..at + AT_ONCE)
            .map(|at| all[at % all.len()].1.clone())
            .collect()
    }

    fn rounds() -> usize {
        notations(CLIENT_SECRET).len().div_ceil(AT_ONCE)
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response<Body> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        // A header cannot hold everything; what it cannot is left out, as a server would.
        let value: String = value.chars().filter(|c| (' '..='~').contains(c)).collect();
        response = response.header(*name, value);
    }
    response.body(Body::from(body.to_owned())).unwrap()
}

fn json_answer(status: u16, body: &Value) -> Response<Body> {
    answer(
        status,
        &[("content-type", "application/json")],
        &body.to_string(),
    )
}

async fn serve(
    State(echo): State<Arc<Echo>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let sent = sent(&headers, &body);
    echo.secrets.lock().unwrap().extend(sent.clone());
    let path = uri.path();
    // Where nothing was sent, what the program knows: the server may have seen it elsewhere.
    let known = if path.starts_with("/ws/") {
        PASSWORD
    } else {
        CLIENT_SECRET
    };
    let secret = sent.first().cloned().unwrap_or_else(|| known.to_owned());
    if path.ends_with("/token") {
        return entra(&echo, &secret, &String::from_utf8_lossy(&body));
    }
    if path.ends_with("/devicecode") {
        return json_answer(
            200,
            &json!({"device_code": DEVICE_CODE, "user_code": "ABCD-1234",
            "verification_uri": "http://127.0.0.1/devicelogin", "expires_in": 900, "interval": 0}),
        );
    }
    if path.starts_with("/ws/") {
        return ucserver(&echo, path, &secret);
    }
    graph(&echo, &method, &uri, &secret)
}

fn entra(echo: &Echo, secret: &str, form: &str) -> Response<Body> {
    let refuses = match echo.from {
        From::EntraError | From::EntraPage | From::EntraRedirect => true,
        From::DeviceCode => form.contains("device_code="),
        From::RefreshToken => form.contains("refresh_token="),
        _ => false,
    };
    if !refuses {
        return json_answer(
            200,
            &json!({"token_type": "Bearer", "expires_in": 3599,
            "access_token": access_token(), "refresh_token": REFRESH_TOKEN,
            "scope": "Presence.Read.All"}),
        );
    }
    let said = echo.some(secret);
    match echo.from {
        From::EntraPage => page(&said),
        From::EntraRedirect => redirect(&said),
        _ => {
            let body = json!({"error": said[0], "error_description":
                format!("AADSTS9002313: rejected client_secret={} and {}", said[1], said[2]),
                "error_codes": [9_002_313], "trace_id": said[3], "correlation_id": said[0]});
            let headers = [
                ("content-type", "application/json"),
                ("x-ms-request-id", &said[1]),
                ("www-authenticate", &said[2]),
            ];
            answer(400, &headers, &body.to_string())
        }
    }
}

fn page(said: &[String]) -> Response<Body> {
    let body = format!("<html><title>Blocked {}</title>{}</html>", said[0], said[1]);
    answer(
        403,
        &[("content-type", "text/html"), ("request-id", &said[2])],
        &body,
    )
}

fn redirect(said: &[String]) -> Response<Body> {
    let to = format!("https://elsewhere.example/?t={}", said[0]);
    answer(302, &[("location", &to), ("request-id", &said[1])], "")
}

fn graph(echo: &Echo, method: &Method, uri: &Uri, secret: &str) -> Response<Body> {
    let said = echo.some(secret);
    match echo.from {
        From::GraphError => {
            let body = json!({"error": {"code": said[0], "message":
                format!("rejected Authorization: Bearer {} {}", said[1], said[2]),
                "innerError": {"request-id": said[3]}}});
            let headers = [
                ("content-type", "application/json"),
                ("request-id", said[2].as_str()),
            ];
            return answer(502, &headers, &body.to_string());
        }
        From::GraphPage => return page(&said),
        From::GraphRedirect => return redirect(&said),
        _ => {}
    }
    let id = "11111111-2222-4333-8444-555555555555";
    if method == Method::POST {
        let (availability, activity) = (&said[0], &said[1]);
        return json_answer(
            200,
            &json!({"value": [{"id": id, "availability": availability,
            "activity": activity}]}),
        );
    }
    if uri.path().ends_with("/delta") {
        return json_answer(
            200,
            &json!({"value": [], "@odata.deltaLink": uri.to_string()}),
        );
    }
    json_answer(
        200,
        &json!({"value": [{"id": id, "userPrincipalName": "anna@corp.example",
        "displayName": said[2], "accountEnabled": true, "userType": "Member"}]}),
    )
}

fn ucserver(echo: &Echo, path: &str, secret: &str) -> Response<Body> {
    if path.ends_with("ucserverversion") {
        return json_answer(200, &json!({"ucserverprotocolversion": 70}));
    }
    let said = echo.some(secret);
    match echo.from {
        From::UcServerRedirect => json_answer(
            200,
            &json!({"serverRedirect":
            {"u8sRedirectTo": format!("https://elsewhere.example/{}", said[0])}}),
        ),
        _ => json_answer(
            401,
            &json!({"error": {"u8sErrorString": said[0], "details": said[1],
            "iErrorDetail": 101}}),
        ),
    }
}

/// A folder with a configuration, and the server that it names.
struct Site {
    folder: TempDir,
    echo: Arc<Echo>,
}

impl Site {
    async fn of(from: From) -> Self {
        let echo = Arc::new(Echo {
            from,
            next: AtomicUsize::new(0),
            secrets: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(serve).with_state(Arc::clone(&echo));
        tokio::spawn(async move { axum::serve(listener, app).await });
        let folder = tempfile::tempdir().unwrap();
        let users = "user_name,display_name\nanna@corp.example,Anna\n";
        std::fs::write(folder.path().join("users.csv"), users).unwrap();
        std::fs::write(folder.path().join("calls.jsonl"), "").unwrap();
        let text = configuration(from, &base);
        std::fs::write(folder.path().join("lampfield.toml"), text).unwrap();
        Self { folder, echo }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = program(self.folder.path(), args);
        command
            .arg("--config")
            .arg(self.folder.path().join("lampfield.toml"));
        command
            .env("SECRET", CLIENT_SECRET)
            .env("PASSWORD", PASSWORD);
        command
    }

    /// What a command said, to its end.
    async fn said(&self, args: &[&str]) -> String {
        let mut command = self.command(args);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output = output.await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        text(&output.stdout) + &text(&output.stderr)
    }

    /// Everything that was written into the folder, except where a token is kept on purpose.
    fn written(&self) -> BTreeMap<PathBuf, String> {
        let mut written = BTreeMap::new();
        collect(self.folder.path(), &mut written);
        written.retain(|path, _| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            !name.starts_with("sign-in-") && name != "lampfield.toml" && name != "users.csv"
        });
        written
    }

    fn assert_hidden(&self, output: &str, text: &str) {
        let sent = self.echo.secrets.lock().unwrap().clone();
        let token = access_token();
        let signature = token.rsplit('.').next().unwrap();
        let known = ALL
            .iter()
            .map(ToString::to_string)
            .chain([signature.to_owned()]);
        for secret in sent.into_iter().chain(known) {
            // Its first part is the same in every token.
            let secret = secret
                .strip_prefix("eyJ")
                .map_or(secret.as_str(), |_| signature);
            let shown = shown_in(text, secret);
            assert!(
                shown.is_none(),
                "{output} shows {secret:?} as {shown:?}:\n{text}"
            );
        }
    }
}

/// The notation in which the secret, or enough of it, stands in the text.
fn shown_in(text: &str, secret: &str) -> Option<&'static str> {
    if shows(text, secret) {
        return Some("as it is");
    }
    let squeezed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let found = notations(secret).into_iter().find(|(_, spelt)| {
        let spelt: Vec<char> = spelt.chars().filter(|c| !c.is_whitespace()).collect();
        // Eight characters of the secret take at least eleven in every notation but the plain ones.
        let piece = (spelt.len() / 2).clamp(11, 40);
        let mut pieces = spelt
            .windows(piece)
            .map(|piece| piece.iter().collect::<String>());
        pieces.any(|piece| squeezed.contains(&piece))
    });
    found.map(|(name, _)| name)
}

fn collect(folder: &Path, written: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, written);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            written.insert(path, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}

fn configuration(from: From, base: &str) -> String {
    let read_with = match from {
        From::RefreshToken => "delegated",
        _ => "application",
    };
    let procall = match from {
        From::UcServerRedirect | From::UcServerError => format!(
            "source = \"ucserver\"\n[ucserver]\nurl = \"{base}\"\nuser = \"svc\"\npassword_env = \"PASSWORD\""
        ),
        _ => "users_file = \"users.csv\"\nevents_file = \"calls.jsonl\"\npresence_out = \"procall.jsonl\""
            .to_owned(),
    };
    format!(
        r#"
[tenant]
tenant_id = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
client_id = "00001111-aaaa-2222-bbbb-3333cccc4444"
client_secret_env = "SECRET"
authority = "{base}"
graph_base = "{base}/v1.0"
read_with = "{read_with}"
[poll]
interval = "1s"
[procall]
{procall}
[log]
directory = "logs"
level = "debug"
system_log = false
[state]
directory = "state"
"#
    )
}

#[rstest]
#[case(From::EntraError)]
#[case(From::EntraPage)]
#[case(From::EntraRedirect)]
#[case(From::GraphError)]
#[case(From::GraphPage)]
#[case(From::GraphRedirect)]
#[case(From::GraphValues)]
#[case(From::UcServerRedirect)]
#[case(From::UcServerError)]
#[tokio::test(flavor = "multi_thread")]
async fn no_command_shows_what_a_server_gives_back(#[case] from: From) {
    let site = Site::of(from).await;
    let commands: [&[&str]; 5] = [
        &["doctor"],
        &["doctor", "--format", "json", "--lang", "de"],
        &["snapshot", "--format", "json"],
        &["snapshot"],
        &["snapshot", "--format", "csv"],
    ];
    // Another few notations with every answer.
    for round in 0..Echo::rounds() {
        let args = commands[round % commands.len()];
        let said = site.said(args).await;
        site.assert_hidden(&args.join(" "), &said);
    }
    let sent = site.echo.secrets.lock().unwrap().len();
    assert!(sent >= Echo::rounds(), "only {sent} requests had a secret");
}

#[rstest]
#[case(From::EntraError)]
#[case(From::GraphError)]
#[case(From::GraphValues)]
#[case(From::UcServerRedirect)]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_runs_shows_or_writes_it(#[case] from: From) {
    let site = Site::of(from).await;
    for args in [
        &["run", "--for", "4s"][..],
        &["watch", "--for", "3s"],
        &["watch", "--for", "3s", "--format", "json"],
    ] {
        let said = site.said(args).await;
        site.assert_hidden(&args.join(" "), &said);
    }
    let written = site.written();
    assert!(
        written
            .keys()
            .any(|path| path.to_string_lossy().contains("logs"))
    );
    for (path, text) in written {
        site.assert_hidden(&path.to_string_lossy(), &text);
    }
}

#[rstest]
#[case(From::EntraError, "Entra")]
#[case(From::GraphError, "Graph")]
#[case(From::GraphValues, "[removed]")]
#[tokio::test(flavor = "multi_thread")]
async fn the_screen_shows_none(#[case] from: From, #[case] words: &'static str) {
    let site = Site::of(from).await;
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.args(["--config", "lampfield.toml", "--lang", "en"]);
    command.cwd(site.folder.path());
    command.env("HOME", site.folder.path());
    command.env("SECRET", CLIENT_SECRET);
    command.env("PASSWORD", PASSWORD);
    let seen = tokio::task::spawn_blocking(move || {
        let mut terminal = Terminal::start(command);
        terminal.until_shown(words);
        let contents = |terminal: &Terminal| {
            let held = terminal.seen.0.lock().unwrap();
            held.parser.screen().contents()
        };
        let mut seen = contents(&terminal);
        // Log, topology, timing, problems, one user: every page with a server's words on it.
        for keys in ["l", "t", "T", "!", "\x1b", "\r"] {
            let before = contents(&terminal);
            terminal.press(keys);
            terminal.until("another picture", |seen| {
                seen.parser.screen().contents() != before
            });
            seen.push_str(&contents(&terminal));
        }
        terminal.press("q");
        terminal.ended();
        let held = terminal.seen.0.lock().unwrap();
        seen + &String::from_utf8_lossy(&held.bytes)
    });
    site.assert_hidden("the screen", &seen.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_shows_no_code_and_no_token() {
    let site = Site::of(From::DeviceCode).await;
    for _ in 0..Echo::rounds() {
        let said = site.said(&["login"]).await;
        assert!(said.contains("ABCD-1234"), "{said}");
        site.assert_hidden("login", &said);
    }
    let site = Site::of(From::RefreshToken).await;
    let said = site.said(&["login"]).await;
    site.assert_hidden("login", &said);
    for _ in 0..Echo::rounds() {
        let said = site.said(&["snapshot"]).await;
        site.assert_hidden("snapshot", &said);
    }
    for (path, text) in site.written() {
        site.assert_hidden(&path.to_string_lossy(), &text);
    }
}

/// A proxy that takes nobody, and what it was asked for.
async fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 8192];
            let length = stream.read(&mut head).await.unwrap_or_default();
            let head = String::from_utf8_lossy(&head[..length]).into_owned();
            if head.is_empty() {
                continue;
            }
            heard.lock().unwrap().push(head);
            let refusal = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
            let _ = stream.write_all(refusal.as_bytes()).await;
        }
    });
    (at, asked)
}

/// A configuration for Microsoft's own hosts, which only a proxy could reach.
fn behind_a_proxy() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = configuration(From::GraphValues, "https://127.0.0.1");
    let own = text.lines().filter(|line| !line.contains("https://127"));
    let text = own.collect::<Vec<_>>().join("\n");
    std::fs::write(folder.path().join("lampfield.toml"), text).unwrap();
    std::fs::write(
        folder.path().join("users.csv"),
        "user_name\nanna@corp.example\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("calls.jsonl"), "").unwrap();
    folder
}

async fn said_with_proxy(folder: &Path, args: &[&str], variable: (&str, &str)) -> String {
    let mut command = program(folder, args);
    command
        .env("SECRET", CLIENT_SECRET)
        .env(variable.0, variable.1);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// psf/requests#2846, #5097; microsoft/typed-rest-client#50; Kong/insomnia#2512.
#[rstest]
#[case("HTTPS_PROXY", "http://user:sEcr3t#1@HOST", "user:sEcr3t#1")]
#[case(
    "https_proxy",
    "http://CORP\\user:sEc@r3t/1?@HOST/",
    "CORP\\user:sEc@r3t/1?"
)]
#[case("ALL_PROXY", "\"http://user:sEcr3tä@HOST\" ", "user:sEcr3tä")]
#[case("all_proxy", "user:sEcr3t%231%@HOST", "user:sEcr3t#1%")]
#[tokio::test(flavor = "multi_thread")]
async fn an_odd_proxy_is_used_and_its_password_not_shown(
    #[case] variable: &str,
    #[case] value: &str,
    #[case] login: &str,
) {
    let (at, asked) = proxy().await;
    let folder = behind_a_proxy();
    let value = value.replace("HOST", &at);
    for args in [&["doctor"][..], &["snapshot"]] {
        let said = said_with_proxy(folder.path(), args, (variable, &value)).await;
        assert!(!said.contains("r3t"), "{said}");
    }
    let asked = asked.lock().unwrap().join("\n");
    assert!(
        asked.contains("CONNECT login.microsoftonline.com:443"),
        "{asked}"
    );
    let expected = format!("Basic {}", BASE64_STANDARD.encode(login));
    assert!(asked.contains(&expected), "{asked}");
}

#[rstest]
#[case("HTTPS_PROXY", "socks5://user:sEcr3t-9@127.0.0.1:1")]
#[case("https_proxy", "http://user:sEcr3t-9@127.0.0.1:port")]
#[case("ALL_PROXY", "user:sEcr3t-9@")]
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_cannot_be_used_is_named_and_not_passed_by(
    #[case] variable: &str,
    #[case] value: &str,
) {
    let folder = behind_a_proxy();
    for args in [
        &["doctor"][..],
        &["snapshot"],
        &["run", "--for", "1s"],
        &["watch"],
        &["login"],
        &["--plain"],
    ] {
        let said = said_with_proxy(folder.path(), args, (variable, value)).await;
        let named = format!("{variable} cannot be used");
        assert!(said.contains(&named), "{args:?}: {said}");
        assert!(!said.contains("sEcr3t"), "{said}");
        assert!(!said.contains("✓ Connection"), "{said}");
    }
}

/// 1Password/load-secrets-action#123, coollabsio/coolify#6384.
#[rstest]
#[case::in_one_line("")]
#[case::with_spaces(" ")]
#[case::with_letters("\\n")]
#[tokio::test(flavor = "multi_thread")]
async fn a_flattened_key_is_read_and_not_shown(#[case] line_end: &str) {
    let key = include_str!("../keys/rsa_1.pem");
    let certificate = rcgen::generate_simple_self_signed(["x.example".to_owned()]).unwrap();
    let site = Site::of(From::GraphValues).await;
    let write = |name: &str, text: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        let path = site.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&path, mode).unwrap();
    };
    let flat = |pem: &str| pem.lines().collect::<Vec<_>>().join(line_end);
    write("both.pem", &(flat(key) + &flat(&certificate.cert.pem())));
    write("key.pem", &flat(key));
    let place = site.folder.path().join("lampfield.toml");
    let text = std::fs::read_to_string(&place).unwrap();
    let files =
        "certificate_file = \"both.pem\"\nprivate_key_file = \"key.pem\"\nca_file = \"both.pem\"";
    let text = text.replace("client_secret_env = \"SECRET\"", files);
    std::fs::write(&place, text).unwrap();
    let body: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    for args in [&["config", "check"][..], &["snapshot"], &["doctor"]] {
        let said = site.said(args).await;
        let shown = shown_in(&said, &body);
        assert!(shown.is_none(), "{args:?} as {shown:?}: {said}");
        // They do not belong together; that this is seen means that both were read.
        let expected = if args[0] == "config" {
            "good"
        } else {
            "does not belong"
        };
        assert!(said.contains(expected), "{args:?}: {said}");
    }
}

/// A core file would hold the client secret and the token.
#[tokio::test(flavor = "multi_thread")]
async fn no_core_is_left() {
    let site = Site::of(From::GraphValues).await;
    let mut child = site.command(&["run"]).spawn().unwrap();
    let limits = format!("/proc/{}/limits", child.id());
    let has_none = || {
        let limits = std::fs::read_to_string(&limits).unwrap_or_default();
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        core.is_some_and(|line| line.split_whitespace().filter(|word| *word == "0").count() == 2)
    };
    let found = eventually(has_none).await;
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, Signal::KILL).unwrap();
    child.wait().unwrap();
    assert!(found);
}
