//! `org.apache.dubbo.common.URL` of Dubbo 2.7 as a Hessian object: an argument of `RegistryService`.
//!
//! 2.7.8 and 2.7.23 write the same eight fields. `methodParameters` repeats the parameters by method; a
//! Java reader looks methods up there only, so it must be filled.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::codec::hessian::{
    ClassDef, DecodeError, DecodeErrorKind, EncodeError, FromHessian, Reader, ToHessian, Writer,
};
use crate::url::{Url, keys};

/// The Java class.
pub(crate) const CLASS: &str = "org.apache.dubbo.common.URL";

/// The map type that Java writes, because its maps are wrapped.
const MAP: &str = "java.util.Collections$UnmodifiableMap";

static DEFINITION: LazyLock<Arc<ClassDef>> = LazyLock::new(|| {
    let fields =
        ["methodParameters", "parameters", "path", "port", "host", "password", "username", "protocol"];
    ClassDef::new(CLASS, fields).expect("the names are valid and distinct")
});

/// A URL in the form of Java's class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JavaUrl(pub(crate) Url);

impl ToHessian for JavaUrl {
    fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
        let url = &self.0;
        w.begin_object(&DEFINITION)?;
        w.begin_map(Some(MAP))?;
        for (method, parameters) in method_parameters(url) {
            w.string(method);
            w.begin_map(None)?;
            for (key, value) in parameters {
                w.string(key);
                w.string(value);
            }
            w.end_map()?;
        }
        w.end_map()?;
        w.begin_map(Some(MAP))?;
        for (key, value) in url.params() {
            w.string(key);
            w.string(value);
        }
        w.end_map()?;
        write_optional(url.path(), w);
        w.int(url.port().into());
        for text in [url.host(), url.password(), url.username(), url.protocol()] {
            write_optional(text, w);
        }
        Ok(())
    }
}

/// Java's absent text is null.
fn write_optional(text: &str, w: &mut Writer) {
    if text.is_empty() { w.null() } else { w.string(text) }
}

/// The parameters `method.key`: of the methods listed, or of whatever stands in front of a dot.
fn method_parameters(url: &Url) -> BTreeMap<&str, Vec<(&str, &str)>> {
    let mut found: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    let listed: Vec<&str> =
        url.value(keys::METHODS).map(|list| list.split(',').collect()).unwrap_or_default();
    for (key, value) in url.params() {
        if listed.is_empty() {
            if let Some((method, key)) = key.split_once('.').filter(|(method, _)| !method.is_empty()) {
                found.entry(method).or_default().push((key, value));
            }
            continue;
        }
        for method in &listed {
            if let Some(key) = key.strip_prefix(method).and_then(|rest| rest.strip_prefix('.')) {
                found.entry(method).or_default().push((key, value));
            }
        }
    }
    found
}

impl<'de> FromHessian<'de> for JavaUrl {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let mismatch =
            |r: &Reader<'_>, found| r.fault(DecodeErrorKind::TypeMismatch { expected: CLASS, found });
        let Some(mut object) = r.begin_object()? else { return Err(mismatch(r, "null")) };
        let class = r.class(&object)?.filter(|class| class.name() == CLASS);
        let Some(class) = class else { return Err(mismatch(r, "another class")) };
        let mut fields = Fields::default();
        while r.next_item(&mut object)? {
            fields.read(&class.fields()[object.index() - 1], r)?;
        }
        let Ok(port) = u16::try_from(fields.port.max(0)) else {
            return Err(r.fault(DecodeErrorKind::Overflow("port")));
        };
        let url = Url::new(&fields.protocol, &fields.host, port)
            .with_user(&fields.username, &fields.password)
            .with_path(&fields.path)
            .with_params(fields.parameters);
        Ok(Self(url))
    }
}

#[derive(Default)]
struct Fields {
    protocol: String,
    username: String,
    password: String,
    host: String,
    port: i32,
    path: String,
    parameters: Vec<(String, String)>,
}

impl Fields {
    fn read(&mut self, name: &str, r: &mut Reader<'_>) -> Result<(), DecodeError> {
        let text = match name {
            "protocol" => &mut self.protocol,
            "username" => &mut self.username,
            "password" => &mut self.password,
            "host" => &mut self.host,
            "path" => &mut self.path,
            "port" => {
                self.port = r.read_int()?;
                return Ok(());
            }
            "parameters" => return self.read_parameters(r),
            _ => return r.skip_value(),
        };
        *text = Option::<String>::read_hessian(r)?.unwrap_or_default();
        Ok(())
    }

    fn read_parameters(&mut self, r: &mut Reader<'_>) -> Result<(), DecodeError> {
        let Some(mut map) = r.begin_map()? else { return Ok(()) };
        while r.next_item(&mut map)? {
            r.charge(size_of::<(String, String)>())?;
            let key = String::read_hessian(r)?;
            r.next_item(&mut map)?;
            let value = Option::<String>::read_hessian(r)?.unwrap_or_default();
            self.parameters.push((key, value));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by the Hessian library inside of Dubbo 2.7.8 and 2.7.23, which agree byte for byte.
    const VECTORS: &str = include_str!("../../../../tests/vectors/registry-url.json");

    fn vectors() -> Vec<(String, Vec<u8>)> {
        let json: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
        let pairs = json["urls"].as_array().unwrap();
        pairs
            .iter()
            .map(|pair| (pair["url"].as_str().unwrap().to_owned(), bytes(pair["hex"].as_str().unwrap())))
            .collect()
    }

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn encode(urls: &[Url]) -> Vec<u8> {
        let mut w = Writer::new();
        urls.iter().for_each(|url| w.value(&JavaUrl(url.clone())).unwrap());
        w.finish().unwrap().to_vec()
    }

    #[test]
    fn urls_of_java_are_read() {
        for (text, bytes) in vectors() {
            let JavaUrl(url) = Reader::new(&bytes).read().unwrap();
            assert_eq!(url.full_string(), text);
        }
    }

    #[test]
    fn urls_are_written_as_java_does_up_to_the_order_of_parameters() {
        for (text, bytes) in vectors() {
            let ours = encode(&[Url::parse(&text).unwrap()]);
            let sorted = |bytes: &[u8]| {
                let mut bytes = bytes.to_vec();
                bytes.sort_unstable();
                bytes
            };
            assert_eq!(sorted(&ours), sorted(&bytes), "{text}");
            let unordered = Url::parse(&text).unwrap().params().count() < 2;
            assert!(!unordered || ours == bytes, "{text}");
        }
    }

    #[test]
    fn a_list_of_java_is_read() {
        let json: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
        let list: Vec<JavaUrl> = Reader::new(&bytes(json["list"].as_str().unwrap())).read().unwrap();
        let texts: Vec<_> = list.iter().map(|url| url.0.full_string()).collect();
        let want: Vec<_> = vectors().into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts, want);
    }

    #[test]
    fn other_objects_are_refused() {
        let class = ClassDef::new("java.net.URL", ["host"]).unwrap();
        let mut w = Writer::new();
        w.begin_object(&class).unwrap();
        w.string("h");
        let bytes = w.finish().unwrap();
        assert!(Reader::new(&bytes).read::<JavaUrl>().is_err());
        let ours = encode(&[Url::new("dubbo", "h", 1)]);
        for end in 0..ours.len() {
            assert!(Reader::new(&ours[..end]).read::<JavaUrl>().is_err(), "{end}");
        }
    }

    #[test]
    fn method_parameters_follow_java() {
        let texts = |text: &str| {
            let url = Url::parse(text).unwrap();
            let found = method_parameters(&url);
            found.iter().map(|(method, list)| format!("{method}{list:?}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(texts("dubbo://h?methods=hi,go&hi.timeout=5&x.y=1"), r#"hi[("timeout", "5")]"#);
        assert_eq!(texts("dubbo://h?dubbo.tag=1&hi.a.b=2&.x=3"), r#"dubbo[("tag", "1")] hi[("a.b", "2")]"#);
    }
}
