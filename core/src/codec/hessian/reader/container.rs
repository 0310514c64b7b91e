//! Lists, maps and objects: their heads, their ends, and references to them.

use std::sync::Arc;

use super::{Numbering, Reader, Result};
use crate::codec::hessian::class_def::{ClassDef, ClassTrait};
use crate::codec::hessian::error::{DecodeError, DecodeErrorKind};
use crate::codec::hessian::tag::{self, Kind};

/// A list, map or object whose head is read and whose children follow.
///
/// Drive it with [`Reader::next_item`]; when that says there is no more, the container is closed.
#[derive(Debug)]
pub struct Container {
    shape: Shape,
    left: Left,
    /// Children handed out so far; for maps keys and values both count.
    index: usize,
    pub(super) slot: Option<usize>,
    /// Where to go on after the end, when the container was reached through a reference.
    pub(super) back: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    List(Option<usize>),
    Map(Option<usize>),
    Object(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Count(usize),
    UntilEnd,
}

impl Container {
    /// Number of children, unless the container ends at a mark.
    #[must_use]
    pub fn len(&self) -> Option<usize> {
        match self.left {
            Left::Count(left) => Some(self.index + left),
            Left::UntilEnd => None,
        }
    }

    /// Whether the container is known to have no children.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// Number of children handed out by [`Reader::next_item`] so far.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Notes that so many children, of which there must be as many, were read together.
    pub(crate) fn pass(&mut self, count: usize) {
        if let Left::Count(left) = &mut self.left {
            *left -= count;
            self.index += count;
        }
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }
}

impl<'a> Reader<'a> {
    /// Starts a list, or gives `None` for null. A reference to an earlier list is followed.
    ///
    /// # Errors
    /// `TypeMismatch`, `CyclicReference`, and the limits.
    pub fn begin_list(&mut self) -> Result<Option<Container>> {
        self.begin("list", |kind| kind == Kind::List, Self::enter_list)
    }

    /// Starts a map, or gives `None` for null. A reference to an earlier map is followed.
    ///
    /// # Errors
    /// `TypeMismatch`, `CyclicReference`, and the limits.
    pub fn begin_map(&mut self) -> Result<Option<Container>> {
        self.begin("map", |kind| kind == Kind::Map, Self::enter_map)
    }

    /// Starts an object or, as Java accepts for a bean, a map of its fields; `None` for null.
    ///
    /// # Errors
    /// `TypeMismatch`, `CyclicReference`, and the limits.
    pub fn begin_object(&mut self) -> Result<Option<Container>> {
        self.begin("object", |kind| matches!(kind, Kind::Object | Kind::Map), Self::enter)
    }

    /// Starts a list, map or object, or gives `None` for null.
    ///
    /// # Errors
    /// `TypeMismatch`, `CyclicReference`, and the limits.
    pub fn begin_any(&mut self) -> Result<Option<Container>> {
        self.begin("container", |kind| matches!(kind, Kind::Object | Kind::Map | Kind::List), Self::enter)
    }

    #[inline]
    fn begin(
        &mut self,
        expected: &'static str,
        is_wanted: impl Fn(Kind) -> bool,
        enter: impl Fn(&mut Self, u8) -> Result<Container>,
    ) -> Result<Option<Container>> {
        let at = self.pos;
        let mut octet = self.next_tag()?;
        let mut back = None;
        if octet == tag::REF {
            let slot = self.read_ref_index(at)?;
            back = Some(self.jump_to(slot)?);
            octet = self.next_tag()?;
        } else if octet == tag::NULL {
            return Ok(None);
        }
        if !is_wanted(Kind::of(octet)) {
            return Err(self.mismatch(expected, octet, at));
        }
        // Whoever reads typed values recurses, as deep as the data says.
        if self.stack.is_exhausted(self.depth) {
            return Err(DecodeError::new(DecodeErrorKind::DepthLimit, at));
        }
        let mut container = enter(self, octet)?;
        container.back = back;
        Ok(Some(container))
    }

    /// Goes to a container that is read already, to read it again; gives the place to return to.
    pub(super) fn jump_to(&mut self, slot: usize) -> Result<usize> {
        let row = self.tables.slots[slot];
        if row.is_open {
            return Err(self.fault(DecodeErrorKind::CyclicReference(row_number(slot))));
        }
        self.replays += 1;
        Ok(std::mem::replace(&mut self.pos, row.offset as usize))
    }

    pub(super) fn return_to(&mut self, back: usize) {
        self.replays -= 1;
        self.pos = back;
    }

    /// Reads the head of the container whose first octet is read already.
    pub(super) fn enter(&mut self, octet: u8) -> Result<Container> {
        match Kind::of(octet) {
            Kind::List => self.enter_list(octet),
            Kind::Map => self.enter_map(octet),
            _ => self.enter_object(octet),
        }
    }

    #[inline]
    fn enter_list(&mut self, octet: u8) -> Result<Container> {
        let at = self.check_depth()?;
        let (java_type, left) = self.list_head(octet)?;
        // Java writes this form for an iterator, and numbers it not: nothing can refer to it.
        self.open(Shape::List(java_type), left, octet != tag::LIST_VARIABLE, at)
    }

    fn enter_map(&mut self, octet: u8) -> Result<Container> {
        let at = self.check_depth()?;
        let java_type = if octet == tag::MAP_TYPED { Some(self.read_type()?) } else { None };
        self.open(Shape::Map(java_type), Left::UntilEnd, true, at)
    }

    #[inline]
    fn enter_object(&mut self, octet: u8) -> Result<Container> {
        let at = self.check_depth()?;
        let (shape, left, is_numbered) = self.object_head(octet, at)?;
        self.open(shape, left, is_numbered, at)
    }

    /// Refuses a container that is too deep; gives the place of its first octet, which is read already.
    #[inline]
    fn check_depth(&self) -> Result<usize> {
        let at = self.pos - 1;
        if self.depth >= self.limits.depth {
            return Err(DecodeError::new(DecodeErrorKind::DepthLimit, at));
        }
        Ok(at)
    }

    #[inline]
    fn open(&mut self, shape: Shape, left: Left, is_numbered: bool, at: usize) -> Result<Container> {
        let slot = if is_numbered { Some(self.take_slot(at)?) } else { None };
        self.depth += 1;
        Ok(Container { shape, left, index: 0, slot, back: None })
    }

    #[inline]
    fn list_head(&mut self, octet: u8) -> Result<(Option<usize>, Left)> {
        let is_typed =
            matches!(octet, tag::LIST_VARIABLE_TYPED | tag::LIST_TYPED | tag::LIST_TYPED_DIRECT..=0x77);
        let java_type = if is_typed { Some(self.read_type()?) } else { None };
        let left = match octet {
            tag::LIST_VARIABLE | tag::LIST_VARIABLE_TYPED => Left::UntilEnd,
            tag::LIST | tag::LIST_TYPED => Left::Count(self.read_count()?),
            _ => Left::Count(usize::from(octet & 7)),
        };
        Ok((java_type, left))
    }

    #[inline]
    fn object_head(&mut self, octet: u8, at: usize) -> Result<(Shape, Left, bool)> {
        let index = match octet {
            tag::OBJECT => self.read_plain_int()?,
            _ => i32::from(octet - tag::OBJECT_DIRECT),
        };
        let row = usize::try_from(index).ok().and_then(|row| Some((row, self.tables.classes.get(row)?)));
        let Some((row, class)) = row else {
            return Err(DecodeError::new(DecodeErrorKind::BadClassRef(index), at));
        };
        let is_numbered = match class.trait_of {
            ClassTrait::NeverNumbered => false,
            ClassTrait::SometimesNumbered => self.numbering == Numbering::Usual,
            _ => true,
        };
        if class.fields > self.remaining() {
            return Err(DecodeError::new(DecodeErrorKind::Eof, self.buf.len()));
        }
        Ok((Shape::Object(row), Left::Count(class.fields), is_numbered))
    }

    /// Tells whether another child follows, which the caller then reads. Closes the container otherwise.
    ///
    /// # Errors
    /// `UnexpectedEnd` for a key without a value, `Eof`.
    #[inline]
    pub fn next_item(&mut self, container: &mut Container) -> Result<bool> {
        match container.left {
            Left::Count(0) => {
                self.close(container);
                return Ok(false);
            }
            Left::Count(left) => container.left = Left::Count(left - 1),
            Left::UntilEnd if self.take_end(container)? => return Ok(false),
            Left::UntilEnd => {}
        }
        container.index += 1;
        Ok(true)
    }

    /// Closes the container if its end mark is next.
    fn take_end(&mut self, container: &Container) -> Result<bool> {
        if self.peek_octet()? != tag::END {
            return Ok(false);
        }
        if matches!(container.shape, Shape::Map(_)) && container.index % 2 == 1 {
            return Err(self.fault(DecodeErrorKind::UnexpectedEnd));
        }
        self.pos += 1;
        self.close(container);
        Ok(true)
    }

    /// Skips the remaining children and closes the container.
    ///
    /// # Errors
    /// As [`Reader::skip_value`].
    pub fn finish(&mut self, mut container: Container) -> Result<()> {
        while self.next_item(&mut container)? {
            self.skip_value()?;
        }
        Ok(())
    }

    /// Ends a container whose last child was read.
    #[inline]
    pub(in crate::codec::hessian) fn close(&mut self, container: &Container) {
        self.depth -= 1;
        if let Some(slot) = container.slot {
            self.tables.slots[slot].is_open = false;
        }
        if let Some(back) = container.back {
            self.return_to(back);
        }
    }

    /// The type name of a list or map; an empty name counts as none.
    #[must_use]
    pub fn java_type(&self, container: &Container) -> Option<&str> {
        match container.shape {
            Shape::List(index) | Shape::Map(index) => self.type_name(index),
            Shape::Object(_) => None,
        }
    }

    pub(super) fn type_name(&self, index: Option<usize>) -> Option<&str> {
        self.tables.types.get(index?).map(|name| &**name).filter(|name| !name.is_empty())
    }

    /// The class of an object, or `None` when the container is a list or map.
    ///
    /// # Errors
    /// `BadUtf8` for field names with lone surrogates, `LostContent`, `MemoryLimit`.
    pub fn class(&mut self, container: &Container) -> Result<Option<Arc<ClassDef>>> {
        match container.shape {
            Shape::Object(index) => self.class_def(index).map(Some),
            _ => Ok(None),
        }
    }

    /// The class definition of an object as it stands in the body: a key for cached mappings.
    #[must_use]
    pub fn class_key(&self, container: &Container) -> Option<&'a [u8]> {
        match container.shape {
            Shape::Object(index) => Some(self.class_bytes(index)),
            _ => None,
        }
    }
}

fn row_number(slot: usize) -> u32 {
    u32::try_from(slot).unwrap_or(u32::MAX)
}
