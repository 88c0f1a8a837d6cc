/**
 * What compression and encryption put into Redis under wire version 1, in hex: codecs 3 and 4. They must stay
 * readable for ever: never edit, only add.
 */
import { GOLDEN_VALUE } from './golden-v1.ts';

/** Where they lay: what is encrypted is bound to its key. */
export const GOLDEN_PREFIX = 'test:golden:';
export const GOLDEN_KEY = 'key';

/** The bytes 0 to 31. */
export const GOLDEN_SECRET = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

export const GOLDEN_PACKED_V1 = {
  compressed:
    'c54b010001a2053b40aeffffffffffff69cf42e80302070000820101c60263bc52e43073694966494eeaa2c492252589e9c5cb92f34bf34a8a9795a52697e4172d4daa2c492d5e92979f97baa42ab5287f49496a45c90a97c4f23c8547331aaefd4f0dfec870a59861d2c2c485498d0b2b2e334000e371ce12760606067b068686fd4798f2b3af30304c3eb848d780e1e6a5e2d2dcdcd4228561440100cd8f21ab',
  encrypted:
    'c54b010001a2053b40aeffffffffffff69cf42e804020700008e019a98e7c71d6b5811b28551afeabc13edabd70dc67c87c2c7d4f98fe6e743679adb73783305c5b54f8a1891714ff2d8cb75b624122f04397e16d96381f6734a2587776108ac9a6fc340493f9a283e221d90f739d6c8fac54b0281646ef6a46f20724c1330e6cca3cb3818a98e6a77dc2c541c004fb3f734516d8967d0ff5d5356d0d4be4cb638a54857f1eccff2f10658a0ea',
  both: 'c54b010001a2053b40aeffffffffffff69cf42e80402070000a3019a98e7c757c9abee245a6efbeb0b8c2a2d7acada92155ad2c7513b545252c7523ce5c6eba835c6876a40caa6d8661bbe9cb5ef185a5d6f6c3904974d7201d379a88fc7b33ee8a1c618c60c2454a885ab137cabf57b63fdad82ba5c41b06704d8fff4904aa5b0e2d497326ae0b8052b71267c17db3076809e9da6487c23a5093324cec1c9d61cd4c176d875c6f5e593c13196b968e95296c3c662284bd9ed4ddaa29dcedc71ae06',
};

/** The value of `compressed` and `both`; `encrypted` holds GOLDEN_VALUE. Forever fresh, cost 7 ms, schema version 2. */
export const GOLDEN_LONG_VALUE: unknown = { ...(GOLDEN_VALUE as object), text: 'summer '.repeat(30) };
