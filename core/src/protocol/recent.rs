//! Requests that are like recent ones need not be decoded again.
//!
//! What stands before and behind the arguments is the same for most calls of a method: names, versions, constant
//! attachments. A provider therefore remembers a few such *shapes*, the encoded bytes together with what they were
//! found to mean, and compares bytes before it decodes any. Only the arguments are still walked over, so that a body
//! is split exactly where the decoder would split it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use bytes::{Buf, Bytes};

use super::admission::{Admitted, HESSIAN2, Target};
use super::direct::DirectMethod;
use super::exporter::Exporter;
use crate::codec::attachments;
use crate::codec::hessian::{Limits, Reader};
use crate::rpc::{Attachments, Method};

/// Shapes remembered for each port; looking through them costs less than decoding one.
const MAX_SHAPES: usize = 16;
/// Longest head or tail that is remembered.
const MAX_LENGTH: usize = 1024;
/// Once all places are taken, one new shape in this many takes one: callers whose attachments differ in every call
/// must not make us copy the list each time.
const REPLACED: usize = 64;

/// The shapes of a port. Lookups take no lock.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    known: ArcSwap<Shapes>,
    misses: AtomicUsize,
}

#[derive(Debug, Default, Clone)]
struct Shapes {
    /// Changes with the services of the port, so that nothing is remembered that was decided before a change.
    generation: u64,
    shapes: Vec<Arc<Shape>>,
}

/// Head and tail of a request, and what they mean.
pub(crate) struct Shape {
    head: Box<[u8]>,
    tail: Box<[u8]>,
    pub(crate) exporter: Arc<Exporter>,
    pub(crate) method: Arc<Method>,
    argument_count: usize,
    pub(crate) attachments: Attachments,
    time_left: Option<Duration>,
    pub(crate) with_attachments: bool,
    /// True when nothing happens around the calls: they go straight to the service.
    pub(crate) is_plain: bool,
    /// What serves such calls on the spot, if the service can do that.
    pub(crate) direct: Option<Arc<dyn DirectMethod>>,
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shape({}, {})", self.exporter.key(), self.method.name)
    }
}

/// A request that has a known shape.
pub(crate) struct Known<'a> {
    pub(crate) shape: &'a Arc<Shape>,
    pub(crate) arguments: Bytes,
}

/// A request that may be served on the spot.
pub(crate) struct Direct<'a, 'b> {
    pub(crate) shape: &'a Arc<Shape>,
    pub(crate) method: &'a dyn DirectMethod,
    pub(crate) arguments: &'b [u8],
}

impl From<Known<'_>> for Admitted {
    fn from(Known { shape, arguments }: Known<'_>) -> Self {
        Self {
            exporter: Arc::clone(&shape.exporter),
            target: Target::Method(Arc::clone(&shape.method)),
            arguments_at: 0..arguments.len(),
            arguments,
            argument_count: shape.argument_count,
            attachments: shape.attachments.clone(),
            time_left: shape.time_left,
            with_attachments: shape.with_attachments,
        }
    }
}

impl Recent {
    /// Forgets everything, because services were added or removed.
    pub(crate) fn forget(&self) {
        self.known.rcu(|known| Shapes { generation: known.generation + 1, shapes: Vec::new() });
    }

    pub(crate) fn lookup(&self) -> Lookup<'_> {
        Lookup { recent: self, known: self.known.load() }
    }
}

/// One look at the shapes, from before a request is decoded until it has been.
pub(crate) struct Lookup<'a> {
    recent: &'a Recent,
    known: Guard<Arc<Shapes>>,
}

impl Lookup<'_> {
    /// The shape of a request, and its arguments; or the body again when its shape is new.
    pub(crate) fn find(
        &self,
        serialization: u8,
        mut body: Bytes,
        limits: Limits,
    ) -> Result<Known<'_>, Bytes> {
        let fits = |shape: &&Arc<Shape>| serialization == HESSIAN2 && shape.fits(&body, limits);
        let Some(shape) = self.known.shapes.iter().find(fits) else { return Err(body) };
        // Cut off at both ends instead of a slice, which would take another share in the bytes.
        body.truncate(body.len() - shape.tail.len());
        body.advance(shape.head.len());
        Ok(Known { shape, arguments: body })
    }

    /// The shape of a request that can be served on the spot, and where its arguments should be. Whoever decodes them
    /// must find out whether they end there.
    pub(crate) fn direct<'b>(&self, serialization: u8, body: &'b [u8]) -> Option<Direct<'_, 'b>> {
        if serialization != HESSIAN2 {
            return None;
        }
        self.known.shapes.iter().find_map(|shape| {
            let method = shape.direct.as_deref().filter(|method| method.is_fast())?;
            Some(Direct { shape, method, arguments: shape.between(body)? })
        })
    }

    /// Remembers what a request was found to mean.
    pub(crate) fn remember(&self, body: &Bytes, admitted: &Admitted) {
        let misses = self.recent.misses.fetch_add(1, Ordering::Relaxed);
        let full = self.known.shapes.len() >= MAX_SHAPES;
        if full && !misses.is_multiple_of(REPLACED) {
            return;
        }
        let Some(shape) = Shape::of(body, admitted).map(Arc::new) else { return };
        self.recent.known.rcu(|known| {
            let mut known = Shapes::clone(known);
            let is_known = |other: &Arc<Shape>| other.head == shape.head && other.tail == shape.tail;
            // The look may be older than others that remembered the same.
            if known.generation != self.known.generation || known.shapes.iter().any(is_known) {
                return known;
            }
            if known.shapes.len() < MAX_SHAPES {
                known.shapes.push(Arc::clone(&shape));
            } else {
                known.shapes[misses / REPLACED % MAX_SHAPES] = Arc::clone(&shape);
            }
            known
        });
    }
}

impl Shape {
    fn of(body: &Bytes, admitted: &Admitted) -> Option<Self> {
        let Target::Method(method) = &admitted.target else { return None };
        let at = &admitted.arguments_at;
        let (head, tail) = (body.get(..at.start)?, body.get(at.end..)?);
        if head.len() > MAX_LENGTH || tail.len() > MAX_LENGTH {
            return None;
        }
        // It must mean the same whatever the arguments are: nothing in it may refer to an object among them.
        let alone = attachments::read(&mut Reader::new(tail)).ok()?;
        if !alone.is_plain() {
            return None;
        }
        let is_plain = admitted.time_left.is_none() && admitted.exporter.is_plain();
        let direct = is_plain.then(|| admitted.exporter.handler().direct(method)).flatten();
        Some(Self {
            head: head.into(),
            tail: tail.into(),
            exporter: Arc::clone(&admitted.exporter),
            method: Arc::clone(method),
            argument_count: admitted.argument_count,
            attachments: admitted.attachments.clone(),
            time_left: admitted.time_left,
            with_attachments: admitted.with_attachments,
            is_plain,
            direct,
        })
    }

    /// What stands between head and tail, if the body begins and ends like this.
    fn between<'b>(&self, body: &'b [u8]) -> Option<&'b [u8]> {
        body.strip_prefix(&*self.head)?.strip_suffix(&*self.tail)
    }

    fn fits(&self, body: &[u8], limits: Limits) -> bool {
        let Some(arguments) = self.between(body) else { return false };
        // Bytes that look like this tail may be the end of a longer one.
        let mut reader = Reader::with_limits(arguments, limits);
        reader.skip_values(self.argument_count).is_ok() && reader.is_at_end()
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::codec::hessian::Writer;
    use crate::codec::request::RequestTemplate;
    use crate::filter::FilterRegistry;
    use crate::protocol::admission::{Ends, admit};
    use crate::protocol::exporter::Exporters;
    use crate::protocol::inbound::{InboundCall, ServiceHandler};
    use crate::protocol::method_table::MethodTable;
    use crate::rpc::Arguments;
    use crate::url::Url;

    struct Ignore;

    impl ServiceHandler for Ignore {
        fn handle(&self, _: InboundCall) {}
    }

    fn exporter(path: &str) -> Arc<Exporter> {
        let url = Url::parse(&format!("dubbo://127.0.0.1:1/{path}?interface={path}")).unwrap();
        let methods = MethodTable::new().with("hi", "Ljava/lang/String;I").with("ho", "");
        Arc::new(Exporter::new(url, methods, Arc::new(Ignore), &FilterRegistry::builtin()).unwrap())
    }

    fn exporters() -> (Exporters, Arc<Exporter>) {
        let (exporters, exporter) = (Exporters::default(), exporter("demo.Foo"));
        exporters.add(&exporter).unwrap();
        (exporters, exporter)
    }

    fn body(text: &str, number: i32, own: &[(&'static str, String)]) -> Bytes {
        let mut writer = Writer::new();
        writer.string(text);
        writer.int(number);
        let arguments = Arguments { bytes: writer.finish().unwrap(), count: 2 };
        let mut constants = Attachments::new();
        constants.set("path", "demo.Foo");
        constants.set("remote.application", "cons");
        let method = Method::new("hi", "Ljava/lang/String;I");
        let template = RequestTemplate::new("demo.Foo", Some("0.0.0"), &method, constants).unwrap();
        let mut attachments = Attachments::new();
        own.iter().for_each(|(key, value)| attachments.set(*key, value.clone()));
        Bytes::from(template.encode(&arguments, &attachments).unwrap().concat())
    }

    fn admitted(exporters: &Exporters, body: &Bytes) -> Option<Admitted> {
        let end = SocketAddr::from(([127, 0, 0, 1], 1));
        let recent = exporters.recent();
        match recent.find(HESSIAN2, body.clone(), Limits::DEFAULT) {
            Ok(known) => Some(known.into()),
            Err(body) => {
                let ends = Ends { remote: end, local: end };
                admit(exporters, &recent, HESSIAN2, &body, Limits::DEFAULT, ends).ok()
            }
        }
    }

    fn is_known(exporters: &Exporters, body: &Bytes) -> bool {
        exporters.recent().find(HESSIAN2, body.clone(), Limits::DEFAULT).is_ok()
    }

    #[test]
    fn a_request_like_a_recent_one_means_what_decoding_says() {
        let (warm, _) = exporters();
        assert!(!is_known(&warm, &body("first", 0, &[])));
        admitted(&warm, &body("first", 0, &[])).unwrap();
        // Among them a text that holds what looks like the beginning and the end of the attachments.
        let trap = String::from_utf8_lossy(&body("", 0, &[])).into_owned();
        for (text, number) in [("", -1), ("x", 1 << 20), ("\u{1f600}\u{5317}", 7), (trap.as_str(), 0)] {
            let body = body(text, number, &[]);
            assert!(is_known(&warm, &body));
            let (known, fresh) = (admitted(&warm, &body).unwrap(), admitted(&exporters().0, &body).unwrap());
            assert_eq!((&known.arguments, known.argument_count), (&fresh.arguments, fresh.argument_count));
            assert_eq!((known.attachments, known.time_left), (fresh.attachments, fresh.time_left));
            assert_eq!(known.with_attachments, fresh.with_attachments);
        }
    }

    #[test]
    fn whatever_is_cut_off_or_added_is_judged_by_the_decoder() {
        let (warm, _) = exporters();
        let whole = body("abc", 7, &[]);
        admitted(&warm, &whole).unwrap();
        for length in 0..whole.len() {
            let cut = whole.slice(..length);
            assert_eq!(admitted(&warm, &cut).is_some(), admitted(&exporters().0, &cut).is_some(), "{length}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.to_vec();
            changed.insert(at, 0x90);
            let changed = Bytes::from(changed);
            let (known, fresh) = (admitted(&warm, &changed), admitted(&exporters().0, &changed));
            let result = |admitted: Option<Admitted>| admitted.map(|a| (a.arguments, a.attachments));
            assert_eq!(result(known), result(fresh), "an octet more at {at}");
        }
    }

    #[test]
    fn one_look_remembers_each_shape_once() {
        let (exporters, _) = exporters();
        let (recent, body) = (exporters.recent(), body("abc", 7, &[]));
        let end = SocketAddr::from(([127, 0, 0, 1], 1));
        for _ in 0..3 {
            let ends = Ends { remote: end, local: end };
            assert!(admit(&exporters, &recent, HESSIAN2, &body, Limits::DEFAULT, ends).is_ok());
        }
        assert_eq!(exporters.recent().known.shapes.len(), 1);
    }

    #[test]
    fn a_service_that_is_gone_is_not_found_through_a_recent_request() {
        let (fresh, _) = exporters();
        let (exporters, exporter) = exporters();
        let body = body("abc", 7, &[]);
        assert!(admitted(&exporters, &body).is_some());
        let before = exporters.recent();
        assert!(exporters.remove(&exporter));
        assert!(admitted(&exporters, &body).is_none());
        let end = SocketAddr::from(([127, 0, 0, 1], 1));
        let ends = Ends { remote: end, local: end };
        let again = fresh.recent();
        let admitted_then = admit(&fresh, &again, HESSIAN2, &body, Limits::DEFAULT, ends).unwrap();
        before.remember(&body, &admitted_then);
        assert!(admitted(&exporters, &body).is_none(), "a request from before the change is not remembered");
    }

    #[test]
    fn attachments_that_differ_in_every_call_take_a_bounded_number_of_places() {
        let (exporters, _) = exporters();
        for call in 0..1000 {
            assert!(admitted(&exporters, &body("abc", 7, &[("trace", call.to_string())])).is_some());
        }
        assert_eq!(exporters.recent().known.shapes.len(), MAX_SHAPES);
        // A frequent shape gets a place although all are taken.
        let frequent = body("abc", 7, &[]);
        let mut calls = 0..2 * REPLACED;
        assert!(calls.any(|_| is_known(&exporters, &frequent) || admitted(&exporters, &frequent).is_none()));
    }
}
