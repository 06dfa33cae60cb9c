"""Images signed with a certificate that each test run makes; for tests where `c2pa-python` is installed."""

from __future__ import annotations

import datetime
import io
from functools import cache
from typing import Any

from tests.unit.images.odd_images import photo, saved

TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif", "SVG": "image/svg+xml"}
SIGNER = "Test Studio <b>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="2" height="2"/></svg>'
MANIFEST = {
    "claim_generator_info": [{"name": "Test Maker", "version": "1.0"}],
    "assertions": [
        {
            "label": "c2pa.actions.v2",
            "data": {
                "actions": [
                    {
                        "action": "c2pa.created",
                        "softwareAgent": {"name": "gpt-image-2"},
                        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
                    }
                ]
            },
        }
    ],
}


def unsigned(kind: str) -> bytes:
    """Return a small image of a kind of TYPES."""
    return SVG if kind == "SVG" else saved(photo().resize((61, 41)), kind)


@cache
def signed(kind: str = "PNG", remote: str = "") -> bytes:
    """Return a signed image; with `remote`, one that only names the address of its manifest."""
    import c2pa

    chain, key = _credentials()
    info = c2pa.C2paSignerInfo("es256", chain, key, None)
    settings = {"builder": {"thumbnail": {"enabled": False}}}
    made = io.BytesIO()
    with (
        c2pa.Signer.from_info(info) as signer,
        c2pa.Context.from_dict(settings) as context,
        c2pa.Builder(MANIFEST, context=context) as builder,
    ):
        if remote:
            builder.set_no_embed()
            builder.set_remote_url(remote)
        builder.sign(signer, TYPES[kind], io.BytesIO(unsigned(kind)), made)
    return made.getvalue()


@cache
def _credentials() -> tuple[bytes, bytes]:
    """Return the chain of certificates and the private key, in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    root, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    day, now = datetime.timedelta(days=1), datetime.datetime.now(datetime.UTC)

    def name(common: str) -> x509.Name:
        parts = ((NameOID.COMMON_NAME, common), (NameOID.ORGANIZATION_NAME, SIGNER))
        return x509.Name([x509.NameAttribute(*part) for part in parts])

    def certificate(common: str, key: Any, is_root: bool) -> bytes:
        built = (
            x509.CertificateBuilder()
            .subject_name(name(common))
            .issuer_name(name("Root"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), False)
            .add_extension(
                x509.KeyUsage(digital_signature=True, key_cert_sign=is_root, crl_sign=is_root, **usage), True
            )
        )
        if not is_root:
            built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        return built.sign(root, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    private = leaf.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate("Signer", leaf, False) + certificate("Root", root, True), private
