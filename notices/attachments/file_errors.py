"""What can go wrong with files and uploads: see notices/errors.py."""

from notices.errors import KairanError


class FileRefused(KairanError):
    slug = "file-refused"
    ja = "PDF、JPEG、PNGのファイルだけを付けられます。写真は撮りなおすか、PDFにしてください。"
    en = "Only PDF, JPEG and PNG files can be attached; this one is none of them, or is damaged."


class FileTooLarge(KairanError):
    slug = "file-too-large"
    ja = "ファイルが大きすぎます（{most}MBまで）。小さくしてから、もう一度付けてください。"
    en = "The file is too large (at most {most} MB). Make it smaller and attach it again."


class ImageTooLarge(KairanError):
    slug = "image-too-large"
    ja = "画像が大きすぎます（4,000万画素まで）。小さくしてから、もう一度付けてください。"
    en = "The image has more than 40 megapixels. Make it smaller and attach it again."


class FileUnknown(KairanError):
    slug = "file-unknown"
    ja = "付けたファイルが見つかりません。もう一度付けてください。"
    en = "One of the files was never uploaded, or not by you. Upload it again."


class UploadUnknown(KairanError):
    slug = "upload-unknown"
    ja = "途中までのファイルは、もう残っていません。もう一度、最初から送ってください。"
    en = "There is no such upload of yours, or its 24 hours are over. Begin again with POST /api/v1/files."


class TooManyUploads(KairanError):
    slug = "too-many-uploads"
    ja = "途中のファイルが{most}つあります。送り終わるのを待つか、やめてから、もう一度お試しください。"
    en = "You have {most} uploads under way. Finish one, or give one up with DELETE, then begin again."


class OffsetWrong(KairanError):
    slug = "mismatching-upload-offset"
    ja = "ファイルの続きの場所が合いません。アプリを開きなおすと、続きから送ります。"
    en = "This upload goes on at byte {expected}, not {provided}. Send the bytes from there (Upload-Offset)."


class LengthWrong(KairanError):
    slug = "inconsistent-upload-length"
    ja = "送られたファイルの大きさが、はじめの知らせと合いません。もう一度、最初から送ってください。"
    en = "The length was announced as {announced} bytes, and these would make {sent}. Begin again."


class PartTooSmall(KairanError):
    slug = "part-too-small"
    ja = "ファイルが細かく分かれすぎています。アプリを新しくして、もう一度お試しください。"
    en = "All parts but the last have at least {least} bytes (min-append-size in Upload-Limit)."
