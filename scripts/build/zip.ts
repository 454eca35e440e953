/** A zip archive that depends on nothing but its content: names sorted, one fixed time, so that an unchanged function is not deployed again. */
import { crc32, deflateRawSync } from "node:zlib";

/** 1 January 1980, the earliest that a zip can say (MS-DOS date: year, month and day as bits). */
const DOS_DATE = (0 << 9) | (1 << 5) | 1;
/** A regular file that everybody may read: Lambda runs as another user than the one who packed. */
const UNIX_MODE = 0o100644;

/** Files by name to an archive (PKWARE APPNOTE 6.3: local headers, central directory, end record). */
export function zip(files: Readonly<Record<string, Buffer>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  const names = Object.keys(files).sort();
  for (const name of names) {
    const content = files[name] ?? Buffer.alloc(0);
    const packed = deflateRawSync(content, { level: 9 });
    const nameBytes = Buffer.from(name, "utf8");
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version needed: deflate
    common.writeUInt16LE(0x0800, 2); // names are UTF-8
    common.writeUInt16LE(8, 4); // deflate
    common.writeUInt16LE(0, 6);
    common.writeUInt16LE(DOS_DATE, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    common.writeUInt16LE(0, 24);
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), common, nameBytes, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(UNIX_MODE * 0x10000, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2, 20, 3]), common, rest, nameBytes]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(names.length, 8);
  end.writeUInt16LE(names.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}
