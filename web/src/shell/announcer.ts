import { create } from 'zustand';

/** What screen readers are told when the page changes without the browser loading one. */
export const useAnnouncement = create<{ readonly text: string }>(() => ({ text: '' }));

/** Reads a text out, politely. */
export const announce = (text: string) => useAnnouncement.setState({ text });
