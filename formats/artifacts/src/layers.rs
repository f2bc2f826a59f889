//! Tiles into layers: within a layer none overlap, and layers in turn do what the list in turn
//! would.

use crate::tile::Area;

/// The layer of each tile, counted from 0: one more than the highest layer of an earlier tile
/// that it overlaps. So whatever two tiles share is done in list order, and the number of layers
/// is the least that is possible: a chain of tiles, each over the one before, needs as many.
pub(crate) fn assign(areas: &[Area], layers: &mut Vec<u32>) -> u32 {
    layers.clear();
    let mut count = 0;
    for (n, area) in areas.iter().enumerate() {
        let layer = areas[..n]
            .iter()
            .zip(&*layers)
            .filter(|(earlier, _)| earlier.overlaps(area))
            .map(|(_, &layer)| layer + 1)
            .max()
            .unwrap_or(0);
        layers.push(layer);
        count = count.max(layer + 1);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Quality;
    use proptest::prelude::*;

    fn area(x: u32, y: u32, width: u32, height: u32) -> Area {
        let quality = Quality::new(50).unwrap();
        Area {
            x,
            y,
            width,
            height,
            quality,
        }
    }

    fn layers(areas: &[Area]) -> (u32, Vec<u32>) {
        let mut layers = vec![7; 3];
        let count = assign(areas, &mut layers);
        (count, layers)
    }

    #[test]
    fn tiles_that_only_touch_share_a_layer() {
        let areas = [area(0, 0, 8, 8), area(8, 0, 8, 8), area(0, 8, 16, 1)];
        assert_eq!(layers(&areas), (1, vec![0, 0, 0]));
        assert_eq!(layers(&[]), (0, vec![]));
    }

    #[test]
    fn a_chain_needs_a_layer_for_each() {
        let areas = [
            area(0, 0, 8, 8),
            area(7, 7, 8, 8),
            area(14, 14, 8, 8),
            area(40, 0, 1, 1),
        ];
        assert_eq!(layers(&areas), (3, vec![0, 1, 2, 0]));
    }

    proptest! {
        #[test]
        fn layers_keep_the_order_of_overlaps(
            rects in prop::collection::vec((0u32..40, 0u32..40, 1u32..20, 1u32..20), 0..40)
        ) {
            let areas: Vec<Area> = rects.iter().map(|&(x, y, w, h)| area(x, y, w, h)).collect();
            let (count, layers) = layers(&areas);
            prop_assert_eq!(count, layers.iter().map(|l| l + 1).max().unwrap_or(0));
            for (n, a) in areas.iter().enumerate() {
                for (m, b) in areas[..n].iter().enumerate() {
                    prop_assert!(!a.overlaps(b) || layers[m] < layers[n]);
                }
                // No layer is higher than it has to be.
                prop_assert!(layers[n] == 0 || areas[..n].iter().zip(&layers)
                    .any(|(b, &l)| l + 1 == layers[n] && a.overlaps(b)));
            }
        }
    }
}
