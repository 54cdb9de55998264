import { type ReactNode, useRef, useState } from 'react';

import { Late } from '../feedback/Late';
import { lazyAgain } from '../feedback/lazyAgain';
import { IconButton, type IconButtonProps } from './Button';

/** One thing that a menu does. */
export interface MenuAction {
  readonly id: string;
  readonly label: string;
  readonly icon?: ReactNode;
  /** The keys that do the same, as people read them. */
  readonly shortcut?: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly onAction: () => void;
}

export interface MenuSection {
  readonly id: string;
  readonly title?: string;
  readonly actions: readonly MenuAction[];
}

const MenuPopover = lazyAgain(() => import('./MenuPopover'));

export interface MenuButtonProps extends Omit<IconButtonProps, 'onClick' | 'pressed'> {
  /** Called when the menu opens, so that a thousand rows do not each keep a list of actions. */
  readonly sections: () => readonly MenuSection[];
}

/** A button with a menu. The menu's code is loaded when the first one is opened. */
export function MenuButton({ sections, ...button }: MenuButtonProps) {
  const trigger = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <IconButton
        {...button}
        ref={trigger}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onPointerEnter={() => void import('./MenuPopover').catch(() => {})}
        onClick={() => setOpen(true)}
      />
      {isOpen && (
        <Late onFailure={() => setOpen(false)}>
          <MenuPopover label={button.label} sections={sections()} trigger={trigger} onClose={() => setOpen(false)} />
        </Late>
      )}
    </>
  );
}
