import type { RefObject } from 'react';
import { Header } from 'react-aria-components/Header';
import { Menu, MenuItem, MenuSection as Section } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';

import type { MenuSection } from './Menu';
import styles from './Menu.module.css';

export interface MenuPopoverProps {
  readonly label: string;
  readonly sections: readonly MenuSection[];
  readonly trigger: RefObject<HTMLElement | null>;
  readonly onClose: () => void;
}

/** The open menu, beside what opened it. */
export default function MenuPopover({ label, sections, trigger, onClose }: MenuPopoverProps) {
  return (
    <Popover
      aria-label={label}
      className={styles.popover ?? ''}
      triggerRef={trigger}
      isOpen
      onOpenChange={(open) => !open && onClose()}
      placement="bottom end"
    >
      <Menu className={styles.menu ?? ''} aria-label={label} autoFocus="first" onClose={onClose}>
        {sections
          .filter((section) => section.actions.length > 0)
          .map((section) => (
            <Section key={section.id} className={styles.section ?? ''} aria-label={section.title ?? label}>
              {section.title && <Header className={styles.title ?? ''}>{section.title}</Header>}
              {section.actions.map((action) => (
                <MenuItem
                  key={action.id}
                  id={action.id}
                  className={styles.item ?? ''}
                  textValue={action.label}
                  isDisabled={action.disabled ?? false}
                  data-danger={action.danger || undefined}
                  onAction={action.onAction}
                >
                  <span className={styles.icon} aria-hidden="true">
                    {action.icon}
                  </span>
                  <span>{action.label}</span>
                  {action.shortcut && <kbd className={styles.shortcut}>{action.shortcut}</kbd>}
                </MenuItem>
              ))}
            </Section>
          ))}
      </Menu>
    </Popover>
  );
}
