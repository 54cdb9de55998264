import styles from './Queue.module.css';
import { QueueActions } from './QueueActions';
import { QueueContent } from './QueueContent';

/** The queue, beside any screen. */
export default function QueuePanel() {
  return (
    <div className={styles.panel}>
      <QueueActions />
      <QueueContent />
    </div>
  );
}
