import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useRelayEnvironment } from 'react-relay';

import { Late } from '../components/feedback/Late';
import { lazyAgain } from '../components/feedback/lazyAgain';
import { entriesOf, hasFiles } from '../uploads/entries';

const DropHint = lazyAgain(() => import('./DropHint'));

/** Takes files and folders that are dropped anywhere on the page, and shows the uploads. Renders only while something is dragged above it. */
export function FileDrop() {
  const environment = useRelayEnvironment();
  const navigate = useNavigate();
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    // Elements that come and go below the pointer each enter and leave.
    let depth = 0;
    const onEnter = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return;
      depth += 1;
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const onOver = (event: DragEvent) => {
      if (hasFiles(event.dataTransfer)) event.preventDefault();
    };
    const onDrop = async (event: DragEvent) => {
      depth = 0;
      setOver(false);
      // A form that takes files of its own has said so.
      if (event.defaultPrevented || !event.dataTransfer || !hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      const entries = entriesOf(event.dataTransfer);
      void navigate({ to: '/uploads' });
      const [{ addCollected, collectDrop }, { useLeftOut }] = await Promise.all([
        import('../uploads'),
        import('../screens/uploads/leftOut'),
      ]);
      const collected = await collectDrop(entries);
      useLeftOut.getState().note(collected);
      await addCollected(environment, collected);
    };
    addEventListener('dragenter', onEnter);
    addEventListener('dragleave', onLeave);
    addEventListener('dragover', onOver);
    addEventListener('drop', onDrop);
    return () => {
      removeEventListener('dragenter', onEnter);
      removeEventListener('dragleave', onLeave);
      removeEventListener('dragover', onOver);
      removeEventListener('drop', onDrop);
    };
  }, [environment, navigate]);
  if (!isOver) return null;
  return (
    <Late>
      <DropHint />
    </Late>
  );
}
