/** The party that was left or ended in this tab: whoever did so need not be told. */
let left: string | null = null;

export const noteLeft = (sessionId: string) => {
  left = sessionId;
};

export const isPartyLeft = (sessionId: string) => left === sessionId;
