//! A method of a service from its arguments to its answer.

use std::any::Any;
use std::cell::Cell;
use std::future::{Future, poll_fn, ready};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::context::Scoped;
use super::handler::{MethodHandler, ServiceError};
use super::pace::Pace;
use crate::codec::hessian::ToHessian;
use crate::error::{Error, ErrorCode};
use crate::exchange::Responder;
use crate::protocol::direct::DirectCall;
use crate::protocol::inbound::{CallResponder, InboundCall};
use crate::protocol::invoker::BoxFuture;

/// Begins a call; the future runs its method and answers.
pub(crate) fn serve<Args, Handler: MethodHandler<Args>>(
    handler: &Handler,
    call: InboundCall,
) -> BoxFuture<'static, ()> {
    let (mut scoped, arguments, responder) = Scoped::of(call);
    // The function itself runs in the scope too: it may look at its context before its first await.
    match scoped.enter(|| handler.begin(&arguments)) {
        Ok(running) => Box::pin(run(running, scoped, responder)),
        Err(error) => {
            let text = format!("Fail to decode request due to: {error}");
            responder.error(Error::new(ErrorCode::StatusBadRequest, text));
            Box::pin(ready(()))
        }
    }
}

async fn run<T: ToHessian, E: Into<ServiceError>>(
    running: impl Future<Output = Result<T, E>>,
    mut scoped: Scoped,
    responder: CallResponder,
) {
    let mut running = pin!(running);
    let outcome = poll_fn(|cx| scoped.enter(|| running.as_mut().poll(cx))).await;
    answer(outcome, &scoped, responder);
}

/// Serves a call on the spot, as far as it gets by polling its method once; the rest becomes a task. Gives the responder
/// back when the method does not take the arguments.
pub(crate) fn serve_direct<Args, Handler: MethodHandler<Args>>(
    handler: &Handler,
    pace: &Pace,
    call: DirectCall<'_>,
) -> Option<Responder> {
    let DirectCall { shape, lent, arguments, ends, responder } = call;
    let responder = CallResponder::network(responder, shape.with_attachments);
    let mut scoped = Scoped::direct(lent.take(shape), ends);
    let begun = scoped.enter(|| {
        let mut running = Place::holding(handler.begin(arguments).ok()?);
        let began = pace.begin();
        // A future must cope with being polled by another waker next time: the task brings its own.
        let mut first = Context::from_waker(Waker::noop());
        let polled = Pin::new(&mut running).poll(&mut first);
        Some((running, polled, began))
    });
    let Some((running, polled, began)) = begun else { return responder.into_network() };
    match polled {
        Poll::Ready(outcome) => {
            answer(outcome, &scoped, responder);
            running.reuse();
            scoped.into_shape().into_iter().for_each(|shape| lent.give_back(shape));
        }
        Poll::Pending => drop(tokio::spawn(run(running, scoped, responder))),
    }
    pace.end(began);
    None
}

/// Sends what a method returned, with the attachments that it set.
fn answer<T: ToHessian, E: Into<ServiceError>>(
    outcome: Result<T, E>,
    scoped: &Scoped,
    mut responder: CallResponder,
) {
    scoped.attach(&mut responder);
    match outcome {
        Ok(value) => responder.write_value(|writer| value.write_hessian(writer)),
        Err(error) => match error.into() {
            ServiceError::Exception(throwable) => responder.exception(&throwable),
            ServiceError::Failed(kind, text) => responder.host_error(kind, &text, ""),
            ServiceError::Refused(error) => responder.error(error),
        },
    }
}

thread_local! {
    /// A place that the next call on this thread can use, if it is for the same method.
    static SPARE: Cell<Option<Box<dyn Any>>> = const { Cell::new(None) };
}

/// Where a future stays while it is polled. Most are done after one poll and leave their place to the next call.
struct Place<F>(Box<Pin<Box<Option<F>>>>);

impl<F: Send + 'static> Place<F> {
    fn holding(future: F) -> Self {
        let spare = SPARE.take().and_then(|spare| spare.downcast().ok());
        let mut place = spare.map_or_else(|| Self(Box::new(Box::pin(None))), Self);
        place.0.as_mut().set(Some(future));
        place
    }

    fn reuse(mut self) {
        self.0.as_mut().set(None);
        SPARE.set(Some(self.0));
    }
}

impl<F: Future> Future for Place<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match Pin::as_mut(&mut self.0).as_pin_mut() {
            Some(future) => future.poll(cx),
            // It holds a future until it is dropped or used again, which takes the place itself.
            None => Poll::Pending,
        }
    }
}
