//! Watching the service: numbers for Prometheus ([`Metrics`]), an id that ties together what one request caused ([`RequestId`]),
//! log lines and traces ([`start`]). Nothing here holds personal data, texts of queries or values.

mod logs;
mod metrics;
mod operation;
mod origin;
mod process;
mod traces;

pub use logs::{log_slow, start};
pub use metrics::{Metrics, Open};
pub use operation::{first_code, operation_span};
pub use origin::{Origin, RequestId, carry, stamp};
pub use traces::{adopt, answered, enabled, finish};
