// Which homes a notice is for: one answer for the list, for the stamp and for a safety check.

/** Is this home meant? Of what the city chose associations for, each has a copy that is named after it. @param {import("../types").NoticeRecord} notice @param {string} id of the record @param {import("../types").Home} home */
export function isMeant(notice, id, home) {
  const association = notice.association ?? id.split(".")[1];
  return (!association || home.association === association) && (!notice.block || home.block === notice.block);
}
