//! The tables of the qualities that were asked for so far.

use crate::kernels::Tables;
use crate::tile::Area;

/// Tables by quality, made when first needed.
#[derive(Debug)]
pub(crate) struct TableSet(Vec<Option<Box<Tables>>>);

impl Default for TableSet {
    fn default() -> Self {
        Self(vec![None; 101])
    }
}

impl TableSet {
    /// Makes those that `areas` need.
    pub fn prepare(&mut self, areas: &[Area]) {
        for area in areas {
            self.0[usize::from(area.quality.get())]
                .get_or_insert_with(|| Box::new(Tables::new(area.quality)));
        }
    }

    /// The tables of a quality that was prepared.
    ///
    /// # Panics
    /// If it was not.
    pub fn get(&self, quality: u8) -> &Tables {
        self.0[usize::from(quality)]
            .as_ref()
            .expect("every quality in use was prepared")
    }
}
