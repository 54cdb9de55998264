/** Which files of folders may be music. `crates/formats` has the same tables for the importer and the server; a test of it compares them. */

/** Endings of names, in lower case, separated by blanks. */
export const EXTENSIONS = [
  '3g2 3gp aac ac3 adts afc aif aifc aiff alac amr ape asf au avi awb bwf caf dff dsf dts eac3 ec3 f4a',
  'f4v fla flac flv m2ts m4a m4b m4p m4r m4v mac mka mkv mogg mov mp+ mp1 mp2 mp3 mp4 mpc mpeg mpg mpga',
  'mpp mts oga ogg ogm ogv ogx opus qt rf64 shn snd spx tak tta vob w64 wav wave weba webm wma wmv wv',
] as const;

/** What files of music begin with: an offset, a colon, and bytes in hexadecimal. Several with `&` must all hold. */
export const SIGNATURES = [
  '0:494433',
  '0:664c6143',
  '0:4f676753',
  '0:52494646&8:57415645',
  '0:52494646&8:41564920',
  '0:52463634&8:57415645',
  '0:42573634&8:57415645',
  '0:726966662e91cf11',
  '0:464f524d&8:41494646',
  '0:464f524d&8:41494643',
  '0:46524d38&12:44534420',
  '0:44534420',
  '0:1a45dfa3',
  '0:3026b2758e66cf11',
  '0:63616666',
  '0:2e736e64',
  '0:7776706b',
  '0:4d414320',
  '0:4d50434b',
  '0:4d502b',
  '0:54544131',
  '0:7442614b',
  '0:616a6b67',
  '0:2321414d52',
  '0:464c5601',
  '0:0b77',
  '0:7ffe8001',
  '0:000001ba',
  '4:66747970',
] as const;

/** Brands of MP4's relatives that are pictures. */
export const PICTURE_BRANDS = ['avif', 'avis', 'crx ', 'heic', 'heix', 'hevc', 'mif1', 'msf1'] as const;

/** Names of files and folders that systems leave behind, in lower case. */
export const LITTER = [
  '.appledouble',
  '.directory',
  '.documentrevisions-v100',
  '.ds_store',
  '.fseventsd',
  '.git',
  '.hg',
  '.nomedia',
  '.snapshots',
  '.spotlight-v100',
  '.stfolder',
  '.stversions',
  '.svn',
  '.temporaryitems',
  '.thumbnails',
  '.zfs',
  '#recycle',
  '#snapshot',
  '$recycle.bin',
  '@eadir',
  '@recycle',
  '__macosx',
  'desktop.ini',
  'lost+found',
  'system_volume_information',
  'thumbs.db',
] as const;

/** What names of such files and folders begin with, in lower case. */
export const LITTER_BEGINNINGS = ['._', '.nfs', '.syncthing.', '.trash'] as const;
