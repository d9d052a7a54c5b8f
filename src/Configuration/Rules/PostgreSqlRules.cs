using System.Collections.Immutable;
using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Engines.PostgreSql;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold within <c>postgresql:</c>, and what is made of it.</summary>
internal static class PostgreSqlRules
{
    public static void Check(Entry<Section> store, Findings findings)
    {
        var section = store.Value.Sub(PostgreSqlKeys.Section);
        CheckParameters(section, store.Place.Path, findings);
        CheckAuthentication(section, findings);
    }

    public static PostgreSqlSpec Build(Section section)
    {
        var tls = section.Sub(PostgreSqlKeys.Tls);
        return new PostgreSqlSpec
        {
            BinDirectory = section.Get(PostgreSqlKeys.Bin),
            Parameters = section.All(PostgreSqlKeys.Parameters)
                .ToImmutableSortedDictionary(setting => setting.Name.ToLowerInvariant(), setting => setting.Value, StringComparer.Ordinal),
            ClientAuthentication = [.. section.All(PostgreSqlKeys.ClientAuthentication).Select(line => line.Value.Text)],
            SlotBoundMebibytes = section.Get(PostgreSqlKeys.SlotBound),
            SalvageBoundMebibytes = section.Get(PostgreSqlKeys.SalvageBound),
            SalvageReserveMebibytes = section.Get(PostgreSqlKeys.SalvageReserve),
            TlsCertificateFile = tls.Get(PostgreSqlTlsKeys.Certificate),
            TlsKeyFile = tls.Get(PostgreSqlTlsKeys.PrivateKey),
        };
    }

    private static void CheckParameters(Section section, string storePath, Findings findings)
    {
        var others = OwnedSettings.Check(
            section.All(PostgreSqlKeys.Parameters), PostgreSqlSpec.OwnedParameters, name => OwnedParameters.Remedy(name, storePath), findings);
        foreach (var parameter in others)
        {
            var name = parameter.Name.ToLowerInvariant();
            if (name is "include" or "include_dir" or "include_if_exists")
            {
                findings.Error(
                    parameter.Place,
                    "is not a setting: it would bring in what is not checked here",
                    "write the settings themselves");
            }
            else if (name is "ssl" or "ssl_cert_file" or "ssl_key_file")
            {
                findings.Error(parameter.Place, "belongs to Holdfast", $"remove it: {storePath}.postgresql.tls governs it");
            }
        }
    }

    private static void CheckAuthentication(Section section, Findings findings)
    {
        foreach (var (line, place) in section.All(PostgreSqlKeys.ClientAuthentication))
        {
            if (line.Type == "hostssl" && !section.IsGiven(PostgreSqlKeys.Tls))
            {
                findings.Warn(place, "never matches: the server has no TLS", "give postgresql.tls {certificate, key}, or write 'host'");
            }

            if (line.IsLoopback)
            {
                continue;
            }

            if (line.Method == "trust")
            {
                findings.Warn(place, $"lets anybody in from {line.Address} without a password", "write scram-sha-256");
            }
            else if (line.Method == "password" && line.Type != "hostssl")
            {
                findings.Warn(place, "sends passwords in the clear", "write scram-sha-256");
            }
        }
    }
}
