using System.Security.Cryptography;
using System.Text;
using Holdfast.Core;

namespace Holdfast.Engines.PostgreSql.Access;

/// <summary>
/// What PostgreSQL stores in place of a password (RFC 5803). It is computed here, so that the password itself never reaches the server
/// or its log.
/// </summary>
internal static class ScramVerifier
{
    private const string Mechanism = "SCRAM-SHA-256";
    private const int Iterations = 4096;
    private const int SaltBytes = 16;

    public static string Create(Secret password) => Compute(password, RandomNumberGenerator.GetBytes(SaltBytes), Iterations);

    /// <summary>True when the stored text was made from this password.</summary>
    public static bool Matches(string? stored, Secret password)
    {
        var parts = stored?.Split('$');
        if (parts is not [Mechanism, var parameters, _] || parameters.Split(':') is not [var iterations, var salt] ||
            !int.TryParse(iterations, out var count))
        {
            return false;
        }

        var salted = new byte[64];
        return Convert.TryFromBase64String(salt, salted, out var length) &&
            Compute(password, salted.AsSpan(0, length).ToArray(), count) == stored;
    }

    private static string Compute(Secret password, byte[] salt, int iterations)
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(password.Reveal()), salt, iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"{Mechanism}${iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}";
    }
}
