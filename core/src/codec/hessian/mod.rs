//! Hessian2 as Dubbo Java reads and writes it.
