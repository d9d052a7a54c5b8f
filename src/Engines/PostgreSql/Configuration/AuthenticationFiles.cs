using System.Net;
using System.Net.Sockets;
using System.Text;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql.Configuration;

/// <summary>
/// Who may log in. The gate for ordinary clients is a property of this file: closed, it admits Holdfast's own roles only.
/// </summary>
internal sealed class AuthenticationFiles(StoreSpec store, PostgreSqlSpec spec, Layout layout)
{
    private const string GateOpenLine = "# holdfast gate: open";
    private const string GateClosedLine = "# holdfast gate: closed";
    private const string AdoptedName = "pg_hba.adopted.conf";

    /// <summary>Whether the file as it stands admits ordinary clients.</summary>
    public bool GateOpen => layout.Memory.Read(layout.HostAuthentication, text => text.StartsWith(GateOpenLine, StringComparison.Ordinal));

    public void Write(bool gateOpen)
    {
        AtomicFile.WriteIfChanged(layout.IdentityMap, IdentityMap());
        AtomicFile.WriteIfChanged(layout.HostAuthentication, HostRules(gateOpen));
    }

    /// <summary>Keeps the rules of a server that existed before Holdfast; once, at its adoption.</summary>
    public void KeepExisting()
    {
        foreach (var (name, kept) in ((string, string)[])[("pg_hba.conf", AdoptedName), ("pg_ident.conf", "pg_ident.adopted.conf")])
        {
            var target = Path.Combine(layout.Own, kept);
            if (!File.Exists(target))
            {
                AtomicFile.Write(target, AtomicFile.ReadOrNull(Path.Combine(layout.Data, name)) ?? "");
            }
        }
    }

    private string IdentityMap() =>
        $"# Written by Holdfast.\nholdfast {Quoted(Environment.UserName)} {RoleNames.Administrator}\n" +
        $"holdfast {Quoted(Environment.UserName)} {RoleNames.Reader}\n" +
        (AtomicFile.ReadOrNull(Path.Combine(layout.Own, "pg_ident.adopted.conf")) ?? "");

    private string HostRules(bool gateOpen)
    {
        var text = new StringBuilder();
        text.Append(gateOpen ? GateOpenLine : GateClosedLine).Append("\n# Written by Holdfast.\n");
        text.Append($"local all {RoleNames.Administrator} peer map=holdfast\n");
        text.Append($"local all {RoleNames.Reader} peer map=holdfast\n");
        text.Append($"local replication {RoleNames.Administrator} peer map=holdfast\n");
        foreach (var address in store.Members.Values.SelectMany(member => Addresses(member.Address)).Distinct(StringComparer.Ordinal))
        {
            text.Append($"host replication {RoleNames.Replication} {address} scram-sha-256\n");
            text.Append($"host postgres {RoleNames.Rewind},{RoleNames.Health} {address} scram-sha-256\n");
        }

        text.Append($"host all,replication {RoleNames.Replication},{RoleNames.Rewind},{RoleNames.Health},{RoleNames.Reader} all reject\n");
        if (!gateOpen)
        {
            text.Append("local all all reject\nhost all all all reject\n");
            return text.ToString();
        }

        foreach (var line in spec.ClientAuthentication)
        {
            text.Append(line).Append('\n');
        }

        text.Append(AtomicFile.ReadOrNull(Path.Combine(layout.Own, AdoptedName)));
        return text.ToString();
    }

    private static IEnumerable<string> Addresses(Endpoint endpoint)
    {
        if (endpoint.IsLoopback)
        {
            return ["127.0.0.0/8", "::1/128"];
        }

        return IPAddress.TryParse(endpoint.Host, out var address)
            ? [$"{address}/{(address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)}"]
            : [endpoint.Host];
    }

    private static string Quoted(string name) => name.All(char.IsAsciiLetterOrDigit) ? name : $"\"{name}\"";
}
