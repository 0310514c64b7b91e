//! Structural equality that ends on cyclic values and needs no deep stack.

use std::collections::HashSet;

use super::Value;

impl PartialEq for Value {
    /// Compares structure: two values are equal when they would read alike from Java. Which parts are
    /// shared does not matter; NaN equals NaN.
    fn eq(&self, other: &Self) -> bool {
        let mut pending = vec![(self.clone(), other.clone())];
        let mut assumed = HashSet::new();
        while let Some((left, right)) = pending.pop() {
            let (Some(left), Some(right)) = (left.resolve(), right.resolve()) else { return false };
            if let (Some(a), Some(b)) = (left.identity(), right.identity())
                && (a == b || !assumed.insert((a, b)))
            {
                continue;
            }
            if !compare(&left, &right, &mut pending) {
                return false;
            }
        }
        true
    }
}

fn compare(left: &Value, right: &Value, pending: &mut Vec<(Value, Value)>) -> bool {
    match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Long(a), Value::Long(b)) | (Value::Date(a), Value::Date(b)) => a == b,
        (Value::Double(a), Value::Double(b)) => a == b || (a.is_nan() && b.is_nan()),
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Binary(a), Value::Binary(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.java_type() == b.java_type() && zip(a.items(), b.items(), pending)
        }
        (Value::Object(a), Value::Object(b)) => {
            a.class() == b.class() && zip(a.fields(), b.fields(), pending)
        }
        (Value::Map(a), Value::Map(b)) => {
            let (left, right) = (a.entries(), b.entries());
            for ((k1, v1), (k2, v2)) in left.iter().zip(right) {
                pending.push((k1.clone(), k2.clone()));
                pending.push((v1.clone(), v2.clone()));
            }
            a.java_type() == b.java_type() && left.len() == right.len()
        }
        _ => false,
    }
}

fn zip(left: &[Value], right: &[Value], pending: &mut Vec<(Value, Value)>) -> bool {
    pending.extend(left.iter().cloned().zip(right.iter().cloned()));
    left.len() == right.len()
}
