use super::Place;
pub fn conflicted(_: &Place, _: &[String]) -> Vec<String> {
    vec![]
}
pub fn outside_sparse(_: &Place, _: &[String]) -> Vec<String> {
    vec![]
}
