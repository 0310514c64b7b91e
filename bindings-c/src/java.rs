//! Names of Java types.

use polydubbo::api::Result;
use polydubbo::api::descriptor::parameter_count;
use polydubbo::api::hessian::is_class_name;

use crate::boundary::invalid;

/// The descriptor of a Java type that is given by its name.
pub(crate) fn descriptor_of(java_type: &str) -> Result<String> {
    if let Some(descriptor) = frequent(java_type) {
        return Ok(descriptor.to_owned());
    }
    let name = java_type.trim();
    let mut element = name;
    while let Some(component) = element.strip_suffix("[]") {
        element = component;
    }
    if name == "void" || !is_class_name(element) {
        let text = format!("{java_type:?} is no Java type: write int, java.lang.String or com.acme.User[]");
        return Err(invalid(text));
    }
    Ok(polydubbo::api::descriptor_of(name))
}

/// The descriptors of what most parameters are, so that it need not be found out for each call.
fn frequent(java_type: &str) -> Option<&'static str> {
    Some(match java_type {
        "boolean" => "Z",
        "byte" => "B",
        "char" => "C",
        "double" => "D",
        "float" => "F",
        "int" => "I",
        "long" => "J",
        "short" => "S",
        "java.lang.Boolean" => "Ljava/lang/Boolean;",
        "java.lang.Double" => "Ljava/lang/Double;",
        "java.lang.Integer" => "Ljava/lang/Integer;",
        "java.lang.Long" => "Ljava/lang/Long;",
        "java.lang.Object" => "Ljava/lang/Object;",
        "java.lang.String" => "Ljava/lang/String;",
        "java.util.List" => "Ljava/util/List;",
        "java.util.Map" => "Ljava/util/Map;",
        _ => return None,
    })
}

/// The descriptor of several types, separated by commas.
pub(crate) fn descriptor_of_all(java_types: &str) -> Result<String> {
    if java_types.trim().is_empty() {
        return Ok(String::new());
    }
    java_types.split(',').map(descriptor_of).collect()
}

/// The number of parameters of a descriptor.
pub(crate) fn parameters_of(descriptor: &str) -> Result<usize> {
    parameter_count(descriptor).ok_or_else(|| {
        invalid(format!("{descriptor:?} is no descriptor of parameters: write Ljava/lang/String;I"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_names_have_the_descriptors_that_the_core_finds_out() {
        let names = "boolean byte char double float int long short java.lang.Boolean java.lang.Double \
                     java.lang.Integer java.lang.Long java.lang.Object java.lang.String java.util.List java.util.Map";
        for name in names.split_whitespace() {
            assert_eq!(frequent(name), Some(&*polydubbo::api::descriptor_of(name)), "{name}");
        }
    }

    #[test]
    fn names_become_descriptors() {
        for (names, want) in [
            ("", Some("")),
            ("int", Some("I")),
            ("java.lang.String, long[]", Some("Ljava/lang/String;[J")),
            ("com.acme.User[][]", Some("[[Lcom/acme/User;")),
            ("void", None),
            ("int,", None),
            ("java.util.List<String>", None),
        ] {
            assert_eq!(descriptor_of_all(names).ok().as_deref(), want, "{names}");
        }
    }
}
