import { useNavigate, useParams } from '@tanstack/react-router';
import { ListX } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { EmptyState } from '../../components/feedback/States';
import { Page } from '../../components/layout/Page';
import type { SmartEditorQuery } from './__generated__/SmartEditorQuery.graphql';
import { RulesForm } from './RulesForm';
import { RulesPreview } from './RulesPreview';
import { type Draft, draftOf, EMPTY_DRAFT, type RuleSort, type WrittenGroup } from './rules';
import styles from './SmartEditor.module.css';
import { useSaveRules } from './useSaveRules';

/** Screen 11: the rules of a smart playlist, with what they choose beside them. */
export default function SmartEditor() {
  const { playlistId } = useParams({ strict: false });
  return playlistId ? <Existing playlistId={playlistId} /> : <Editor playlistId={null} initial={EMPTY_DRAFT()} />;
}

function Existing({ playlistId }: { playlistId: string }) {
  const { t } = useTranslation('playlists');
  const { playlist } = useLazyLoadQuery<SmartEditorQuery>(
    graphql`
      query SmartEditorQuery($id: ID!) {
        playlist(id: $id) {
          id
          title
          viewerRole
          rules {
            limit
            sort
            match
            rules {
              field
              op
              value
            }
            groups {
              match
              rules {
                field
                op
                value
              }
              groups {
                match
                rules {
                  field
                  op
                  value
                }
                groups {
                  match
                  rules {
                    field
                    op
                    value
                  }
                }
              }
            }
          }
        }
      }
    `,
    { id: playlistId },
    { fetchPolicy: 'network-only' },
  );
  if (!playlist?.rules || playlist.viewerRole !== 'OWNER') {
    return (
      <Page title={t('missing.title')} header={<h1 className="visually-hidden">{t('missing.title')}</h1>}>
        <EmptyState icon={ListX} title={t('missing.title')}>
          {t('missing.body')}
        </EmptyState>
      </Page>
    );
  }
  const { limit, sort, ...group } = playlist.rules;
  const initial: Draft = {
    ...draftOf(group as WrittenGroup),
    title: playlist.title,
    limit,
    sort: sort as RuleSort,
  };
  return <Editor key={playlist.id} playlistId={playlist.id} initial={initial} />;
}

function Editor({ playlistId, initial }: { playlistId: string | null; initial: Draft }) {
  const { t } = useTranslation('playlists');
  const navigate = useNavigate();
  const [draft, setDraft] = useState(initial);
  const { save, error, isSaving } = useSaveRules(playlistId);
  const title = playlistId ? t('rules.edit', { title: initial.title }) : t('rules.new');
  const submit = async () => {
    const id = await save(draft);
    if (id) await navigate({ to: '/playlists/$playlistId', params: { playlistId: id } });
  };
  return (
    <Page title={title}>
      <div className={styles.columns}>
        <RulesForm
          draft={draft}
          onChange={setDraft}
          isNew={playlistId === null}
          error={error}
          isSaving={isSaving}
          onSubmit={() => void submit()}
        />
        <RulesPreview draft={draft} />
      </div>
    </Page>
  );
}
