//! What is said about news of artists.

use super::one_line;

pub(super) fn new_album(title: &str, artists: &[String], unsubscribe_url: Option<&str>) -> (String, String) {
    let title = one_line(title);
    let artists = match one_line(&artists.join(", ")) {
        artists if artists.is_empty() => "an artist whom you follow".to_owned(),
        artists => artists,
    };
    let end = unsubscribe_url.map_or_else(
        || "Mail of this kind can be turned off in your preferences.".to_owned(),
        |url| format!("Mail of this kind can be turned off in your preferences, or without signing in at\n\n{url}"),
    );
    let body =
        format!("there is a new album by {artists}: \"{title}\".\n\nYou get this mail because you follow them. {end}");
    (format!("New album: {title}"), body)
}
