-- Pictures that media serves are kept by their path: URLs with a host died with it.
update albums set cover_url = substring(cover_url from '/v1/covers/upl_[0-9a-z]{26}[.]jpg$')
where cover_url ~ '^https?://.*/v1/covers/upl_[0-9a-z]{26}[.]jpg$';
