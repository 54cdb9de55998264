//! Waveforms with fewer points than were kept.

/// The highest value at each of `points` evenly spaced places; a peak is never lost by showing fewer points.
pub fn peaks(all: &[f32], points: usize) -> Vec<f32> {
    if all.is_empty() {
        return vec![0.0; points];
    }
    let stretch = |point: usize| {
        let from = point * all.len() / points;
        let to = ((point + 1) * all.len() / points).clamp(from + 1, all.len());
        all[from..to].iter().copied().fold(0.0, f32::max)
    };
    (0..points).map(stretch).collect()
}

#[cfg(test)]
mod tests {
    use super::peaks;

    #[test]
    fn fewer_points_keep_every_peak_and_more_repeat() {
        assert_eq!(peaks(&[0.1, 0.9, 0.2, 0.3], 2), [0.9, 0.3]);
        assert_eq!(peaks(&[0.5, 1.0], 4), [0.5, 0.5, 1.0, 1.0]);
        assert_eq!(peaks(&[], 3), [0.0; 3]);
    }
}
