//! How unequally something is shared.

/// The Gini coefficient of what each has: 0 when all have the same, nearly 1 when one of many has all. `None` of nobody,
/// or of nothing.
pub fn gini(shares: impl Iterator<Item = f64>) -> Option<f64> {
    let mut shares: Vec<f64> = shares.collect();
    shares.sort_by(f64::total_cmp);
    let whole: f64 = shares.iter().sum();
    let most = f64::from(u32::try_from(shares.len()).ok()?);
    if whole <= 0.0 {
        return None;
    }
    let ranks = (1_u32..).map(f64::from);
    let weighted: f64 = ranks.zip(&shares).map(|(rank, share)| rank * share).sum();
    let gini = 2.0 * weighted / (most * whole) - (most + 1.0) / most;
    Some(gini.max(0.0))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::gini;

    #[rstest]
    #[case::equal(&[5.0, 5.0, 5.0, 5.0], Some(0.0))]
    #[case::all_to_one(&[0.0, 0.0, 0.0, 8.0], Some(0.75))]
    #[case::known(&[1.0, 2.0, 3.0, 4.0], Some(0.25))]
    #[case::nothing(&[0.0, 0.0], None)]
    #[case::nobody(&[], None)]
    fn it_is_as_the_definition_has_it(#[case] shares: &[f64], #[case] expected: Option<f64>) {
        let seen = gini(shares.iter().copied());
        assert_eq!(seen.is_some(), expected.is_some());
        let difference = seen.unwrap_or_default() - expected.unwrap_or_default();
        assert!(difference.abs() < 1e-12, "{seen:?}");
    }
}
