//! The working day.
use super::options::Options;
use super::world::World;
use std::sync::Arc;
use tokio::task::JoinHandle;
pub(super) fn begin(_world: &Arc<World>, _options: &Options) -> Option<JoinHandle<()>> {
    None
}
