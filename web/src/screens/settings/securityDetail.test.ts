import { expect, test } from 'vitest';

import { securityDetail } from './securityDetail';

test.each([
  ['by usr_01h455vb4pex5vsknk084sn02q', ''],
  ['Admin by usr_01h455vb4pex5vsknk084sn02q', 'Admin'],
  ['inv_01h455vb4pex5vsknk084sn02q', ''],
  ['Creator by company-login', 'Creator by company-login'],
  ['by the operator', 'by the operator'],
  ['my key_2', 'my key_2'],
  [null, ''],
])('%s reads %s', (detail, shown) => {
  expect(securityDetail(detail)).toBe(shown);
});
