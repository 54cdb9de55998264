/** The name of the tab: what plays here, then the page. */

let page = '';
let song: string | null = null;

function show(): void {
  document.title = song ? `${song} · ${page}` : page;
}

export function setPageTitle(title: string): void {
  page = title;
  show();
}

/** What plays, as people name it; null: nothing does. */
export function setSongTitle(title: string | null): void {
  song = title;
  show();
}
