//! departments.

use super::map::Map;

/// The pages.
pub fn map(map: Map) -> Map {
    map
}
