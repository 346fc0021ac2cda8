//! One WebSocket of the simulated server: requests in, answers and events out.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::Shared;
use super::operations::{self, Asked};
use super::reply::UcReply;
use super::session::Outgoing;

type Stream = WebSocketStream<TokioIo<Upgraded>>;

/// The invoke id of events.
const EVENT_ID: u64 = 99_999;

/// Serves one socket until either side ends it.
pub(super) async fn serve(shared: Arc<Shared>, session: String, upgraded: Upgraded) {
    let stream = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    let (sink, source) = stream.split();
    let (out, queue) = mpsc::unbounded_channel();
    let known = shared.with(|world| {
        world.counts.sockets += 1;
        let session = world.sessions.get_mut(&session);
        session.map(|session| session.socket = Some(out.clone()))
    });
    if known.is_none() {
        return;
    }
    tokio::select! {
        () = send_all(sink, queue) => {}
        () = take_all(&shared, &session, source, &out) => {}
    }
    shared.with(|world| {
        if let Some(session) = world.sessions.get_mut(&session) {
            session.socket = None;
            session.subscribed.clear();
        }
    });
}

async fn send_all(
    mut sink: SplitSink<Stream, Message>,
    mut queue: mpsc::UnboundedReceiver<Outgoing>,
) {
    while let Some(outgoing) = queue.recv().await {
        let message = match outgoing {
            Outgoing::Text(text) => Message::text(text),
            Outgoing::Binary(bytes) => Message::binary(bytes),
            Outgoing::Drop => return,
        };
        if sink.send(message).await.is_err() {
            return;
        }
    }
}

async fn take_all(
    shared: &Arc<Shared>,
    session: &str,
    mut source: SplitStream<Stream>,
    out: &mpsc::UnboundedSender<Outgoing>,
) {
    let mut turn = 0_u64;
    while let Some(Ok(message)) = source.next().await {
        if let Message::Text(text) = message {
            turn += 1;
            take(shared, session, &text, out, turn);
        }
    }
}

fn take(
    shared: &Arc<Shared>,
    session: &str,
    text: &str,
    out: &mpsc::UnboundedSender<Outgoing>,
    turn: u64,
) {
    let message = serde_json::from_str::<Value>(text).unwrap_or_default();
    let invoke = message.get("invoke").unwrap_or(&Value::Null);
    let Some(id) = invoke.get("invokeID").and_then(Value::as_u64) else {
        shared.with(|world| world.violation("a message", "is no invoke with its invokeID"));
        return;
    };
    let argument = invoke.get("argument").cloned().unwrap_or_default();
    let name = invoke.get("operationName").and_then(Value::as_str);
    let asked = Asked {
        session,
        id: invoke
            .get("operationID")
            .and_then(Value::as_u64)
            .unwrap_or(0),
        name: name.unwrap_or_default(),
        argument: &argument,
        now: shared.now(),
    };
    if id == EVENT_ID {
        return shared.with(|world| operations::event(world, asked));
    }
    let (reply, wait, mute) = shared.with(|world| {
        let reply = operations::answer(world, asked);
        (reply, delay(&world.faults, turn), world.faults.mute)
    });
    if mute {
        return;
    }
    let Some(answer) = envelope(id, reply).map(Outgoing::Text) else {
        return;
    };
    if wait.is_zero() {
        // The socket is gone: so is whoever asked.
        let _ = out.send(answer);
        return;
    }
    let out = out.clone();
    tokio::spawn(async move {
        tokio::time::sleep(wait).await;
        let _ = out.send(answer);
    });
}

/// Every other answer waits, so that the next one overtakes it.
fn delay(faults: &super::UcFaults, turn: u64) -> Duration {
    let late = faults.reorder_answers && turn % 2 == 1;
    let reordering = Duration::from_millis(if late { 15 } else { 0 });
    faults.slow.unwrap_or_default() + reordering
}

fn envelope(id: u64, reply: UcReply) -> Option<String> {
    let message = match reply {
        UcReply::Result(result) => json!({"result": {"invokeID": id,
            "result": {"resultValue": 0, "result": result}}}),
        UcReply::Error(detail, text) => json!({"error": {"invokedID": id, "error_value": 1,
            "error": {"_type": "AsnRequestError", "iErrorDetail": detail,
                "u8sErrorString": text}}}),
        UcReply::Reject(problem, details) => json!({"reject": {"invokedID": {"invokedID": id},
            "reject": {"invokeProblem": problem}, "details": details}}),
        UcReply::Nothing => return None,
    };
    Some(json!([message]).to_string())
}
