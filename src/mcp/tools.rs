//! The tools, one file each: name, arguments, description, and what a call does.

pub(super) mod check_order_status;
pub(super) mod pay_order;
