using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Core;

namespace Holdfast.Agent.Credentials;

/// <summary>
/// Turns names and passwords into a text that is safe to keep in coordination, and back: AES-256-GCM under a key that HKDF-SHA-256 derives from the
/// token, a random salt and the names of system and store. A second derived value tells a wrong token from a damaged text.
/// </summary>
internal sealed class CredentialSeal(Secret token, string system, string store)
{
    private const int Format = 1;
    private const int KeyBytes = 32;
    private const int CheckBytes = 16;
    private const int SaltBytes = 32;
    private static readonly int NonceBytes = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int TagBytes = AesGcm.TagByteSizes.MaxSize;

    public byte[] Close(IReadOnlyDictionary<string, string> passwords, string key)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>(passwords), SealJson.Default.DictionaryStringString);
        var envelope = new SealedCredentials
        {
            Format = Format,
            Salt = RandomNumberGenerator.GetBytes(SaltBytes),
            Nonce = RandomNumberGenerator.GetBytes(NonceBytes),
            Tag = new byte[TagBytes],
            Data = new byte[plain.Length],
        };
        envelope.Check = Derive(envelope.Salt, "check", CheckBytes);
        using var cipher = new AesGcm(Derive(envelope.Salt, "key", KeyBytes), TagBytes);
        cipher.Encrypt(envelope.Nonce, plain, envelope.Data, envelope.Tag, Encoding.UTF8.GetBytes(key));
        CryptographicOperations.ZeroMemory(plain);
        return JsonSerializer.SerializeToUtf8Bytes(envelope, SealJson.Default.SealedCredentials);
    }

    /// <param name="key">Where it was found: a value moved to another key does not open.</param>
    /// <exception cref="CredentialException">Another token, a newer format, or damaged.</exception>
    public Dictionary<string, string> Open(ReadOnlySpan<byte> value, string key)
    {
        var envelope = Parse(value, key);
        if (!CryptographicOperations.FixedTimeEquals(envelope.Check, Derive(envelope.Salt, "check", CheckBytes)))
        {
            throw new CredentialException(
                $"the passwords of store '{store}' (key {key} in coordination) were sealed with another token than this agent's; " +
                "give all agents of the system the same security.token");
        }

        var plain = new byte[envelope.Data.Length];
        try
        {
            using var cipher = new AesGcm(Derive(envelope.Salt, "key", KeyBytes), TagBytes);
            cipher.Decrypt(envelope.Nonce, envelope.Data, envelope.Tag, plain, Encoding.UTF8.GetBytes(key));
            return JsonSerializer.Deserialize(plain, SealJson.Default.DictionaryStringString) ?? throw Damaged(key, null);
        }
        catch (Exception e) when (e is CryptographicException or JsonException)
        {
            throw Damaged(key, e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private SealedCredentials Parse(ReadOnlySpan<byte> value, string key)
    {
        SealedCredentials? envelope;
        try
        {
            envelope = JsonSerializer.Deserialize(value, SealJson.Default.SealedCredentials);
        }
        catch (JsonException e)
        {
            throw Damaged(key, e);
        }

        if (envelope?.Format > Format)
        {
            throw new CredentialException(
                $"the passwords of store '{store}' (key {key} in coordination) were written by a newer Holdfast (format {envelope.Format}, " +
                $"this one knows {Format}); upgrade this agent");
        }

        return envelope is { Format: Format, Salt.Length: SaltBytes, Check.Length: CheckBytes, Data.Length: > 0 } &&
            envelope.Nonce.Length == NonceBytes && envelope.Tag.Length == TagBytes
            ? envelope
            : throw Damaged(key, null);
    }

    private CredentialException Damaged(string key, Exception? cause)
    {
        const string Remedy = "restore the key from a backup of etcd, or delete it and set the new passwords in the stores by hand";
        var message = $"the passwords of store '{store}' (key {key} in coordination) are damaged; {Remedy}";
        return cause is null ? new CredentialException(message) : new CredentialException(message, cause);
    }

    private byte[] Derive(byte[] salt, string purpose, int bytes) => HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(token.Reveal()), bytes, salt,
        Encoding.UTF8.GetBytes($"holdfast/credentials/{purpose}/{system}/{store}"));
}

/// <summary>What is in coordination: nothing in it is secret without the token.</summary>
internal sealed class SealedCredentials
{
    public int Format { get; set; }
    public byte[] Salt { get; set; } = [];
    public byte[] Check { get; set; } = [];
    public byte[] Nonce { get; set; } = [];
    public byte[] Tag { get; set; } = [];
    public byte[] Data { get; set; } = [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, MaxDepth = 4)]
[JsonSerializable(typeof(SealedCredentials))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class SealJson : JsonSerializerContext;
