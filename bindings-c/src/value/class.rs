//! Java classes that C makes objects of.

use std::mem::MaybeUninit;
use std::sync::Arc;

use polydubbo::api::hessian::{ClassDef, Value};

use super::dubbo_value;
use super::make::unshared;
use crate::boundary::{fallible, infallible, invalid, place, required};
use crate::errors::dubbo_error;
use crate::text::{dubbo_str, elements};

/// A Java class: its name and the names of its fields. Free-threaded; make one for each class and keep it.
pub struct dubbo_class(Arc<ClassDef>);

/// Describes a Java class.
///
/// @param name borrowed: the binary name, for example "com.acme.Order$Line"
/// @param fields borrowed: the names of all fields, those of superclasses last, as Java writes them
/// @param out owned: released by dubbo_class_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_class_new(
    name: dubbo_str,
    fields: *const dubbo_str,
    field_count: usize,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_class>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let fields = elements(fields, field_count, "fields")?;
        let names = fields.iter().map(|field| field.text("a field")).collect::<Result<Vec<_>, _>>()?;
        let class = ClassDef::new(name.text("name")?, names).map_err(|error| invalid(error.to_string()))?;
        *out = Some(Box::new(dubbo_class(class)));
        Ok(())
    })
}

/// Releases a class; objects made of it live on.
///
/// @param class_ consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_class_free(class_: Option<Box<dubbo_class>>) {
    infallible((), || drop(class_));
}

/// Makes an object whose fields are all null.
///
/// @param class_ borrowed
/// @param out owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_object(
    class_: Option<&dubbo_class>,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_value>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let class = &required(class_, "class_")?.0;
        let fields = vec![Value::Null; class.fields().len()];
        *out = Value::instance(class, fields).map(dubbo_value::boxed);
        Ok(())
    })
}

/// Sets a field of an object that has one owner.
///
/// @param object borrowed
/// @param field borrowed: the name of the field
/// @param value consumed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_set_field(
    object: Option<&mut dubbo_value>,
    field: dubbo_str,
    value: Option<Box<dubbo_value>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let Value::Object(object) = &mut required(object, "object")?.0 else {
            return Err(invalid("the value is no object"));
        };
        let (name, value) = (field.text("field")?, required(value, "value")?);
        let class = object.class();
        let index = class.field_index(name);
        let index = index.ok_or_else(|| invalid(format!("{} has no field {name:?}", class.name())))?;
        unshared(object)?.fields_mut()[index] = value.into_inner();
        Ok(())
    })
}
