/** The queue, beside any screen. */
export default function QueuePanel() {
  return null;
}
