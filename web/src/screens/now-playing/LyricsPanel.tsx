/** The lyrics of what plays, beside any screen. */
export default function LyricsPanel() {
  return null;
}
