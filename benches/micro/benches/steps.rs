//! Times every step of the list.

#![allow(missing_docs, reason = "the macros of criterion make undocumented functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use polydubbo_micro::cases;

fn steps(criterion: &mut Criterion) {
    for name in cases::names() {
        let mut step = cases::step(name).expect("every step of the list can be prepared");
        criterion.bench_function(name, |bencher| bencher.iter(&mut step));
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
