import { Button } from './Button';

export interface MoreButtonProps {
  readonly list: {
    readonly hasNext: boolean;
    readonly isLoadingNext: boolean;
    readonly loadNext: () => unknown;
  };
  readonly label: string;
}

/** Shows more of a list; nothing at its end. */
export function MoreButton({ list, label }: MoreButtonProps) {
  if (!list.hasNext) return null;
  return (
    <div>
      <Button busy={list.isLoadingNext} onClick={() => void list.loadNext()}>
        {label}
      </Button>
    </div>
  );
}
