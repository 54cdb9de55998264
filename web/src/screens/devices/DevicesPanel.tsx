/** The devices, beside any screen. */
export default function DevicesPanel() {
  return null;
}
