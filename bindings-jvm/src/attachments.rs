//! Attachments as they cross the border: a count, then keys and values in turn.

use bytes::Bytes;
use polydubbo::api::{AttachmentValue, Attachments, Error, ErrorCode, Result};

use crate::frame::{Packer, Unpacker};

const TEXT: u8 = 0;
const INT: u8 = 1;
/// One Hessian value.
const ENCODED: u8 = 2;

/// What Java attaches; an empty array stands for nothing.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Attachments> {
    let mut attachments = Attachments::new();
    if bytes.is_empty() {
        return Ok(attachments);
    }
    let mut unpacker = Unpacker::new(bytes);
    for _ in 0..unpacker.int()? {
        let key = unpacker.text()?.to_owned();
        let value = match unpacker.byte()? {
            TEXT => AttachmentValue::from(unpacker.text()?.to_owned()),
            INT => AttachmentValue::Int(unpacker.int()?),
            ENCODED => AttachmentValue::Encoded(Bytes::copy_from_slice(unpacker.bytes()?)),
            _ => return Err(Error::new(ErrorCode::Internal, "damaged attachments from Java")),
        };
        attachments.set(key, value);
    }
    Ok(attachments)
}

/// What the other side attached.
pub(crate) fn pack(attachments: &Attachments, packer: &mut Packer) {
    packer.int(attachments.len() as i32);
    for (key, value) in attachments.iter() {
        packer.text(key);
        match value {
            AttachmentValue::Text(text) => {
                packer.byte(TEXT);
                packer.text(text);
            }
            AttachmentValue::Int(number) => {
                packer.byte(INT);
                packer.int(*number);
            }
            AttachmentValue::Encoded(encoded) => {
                packer.byte(ENCODED);
                packer.bytes(encoded);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_survive_the_border() {
        let mut attachments = Attachments::new();
        attachments.set("a", "text");
        attachments.set("b", AttachmentValue::Int(-7));
        attachments.set("c", AttachmentValue::Encoded(Bytes::from_static(b"N")));
        let mut packer = Packer::default();
        pack(&attachments, &mut packer);
        assert_eq!(unpack(&packer.finish()).unwrap(), attachments);
        assert_eq!(unpack(&[]).unwrap(), Attachments::new());
    }
}
