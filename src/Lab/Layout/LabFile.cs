using System.Globalization;
using System.Text;
using Holdfast.Configuration;
using Holdfast.Core.Topology;
using YamlDotNet.RepresentationModel;

namespace Holdfast.Lab.Layout;

/// <summary>
/// The user's <c>holdfast.yaml</c>: checked as it is, then written anew with what the laboratory decides in place of what the file says of real
/// machines: addresses, directories, certificates, who may log in. All that decides how the system behaves stays word for word.
/// </summary>
internal sealed class LabFile
{
    private readonly string _text;
    private readonly string? _store;

    private LabFile(string path, string text, SystemSpec system, string? store) =>
        (Path, _text, System, _store, Topology) = (path, text, system, store, Topology.Of(system, store));

    public string Path { get; }
    public SystemSpec System { get; }
    public Topology Topology { get; }

    /// <exception cref="LabException">It cannot be read or has errors; the message lists them.</exception>
    public static LabFile Load(string path, string? store)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new LabException($"{path} cannot be read: {fault.Message}", fault);
        }

        var result = SystemFile.Parse(text, FolderOf(path), new PretendedFiles());
        return result.System is { } system
            ? new LabFile(path, text, system, store)
            : throw new LabException($"{path} is not valid; 'holdfast check' says more:\n{string.Join('\n', result.Errors)}");
    }

    /// <summary>The file for the laboratory's hosts.</summary>
    public string Rewritten(Placement placement)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(_text));
        var root = (YamlMappingNode)stream.Documents[0].RootNode;
        root.Children[Key("coordination")] = Coordination((YamlMappingNode)root.Children[Key("coordination")], placement);
        root.Children[Key("security")] = Map(
            ("token", Text($"file:{placement.TokenFile}")),
            ("tls", Map(("certificate", Text(placement.CertificateFile)), ("key", Text(placement.KeyFile)), ("ca", Text(placement.AuthorityFile)))));
        var stores = (YamlMappingNode)root.Children[Key("stores")];
        foreach (var other in stores.Children.Keys.Where(key => key.ToString() != Topology.Store.Name).ToList())
        {
            stores.Children.Remove(other);
        }

        Store((YamlMappingNode)stores.Children[Key(Topology.Store.Name)], placement);
        var written = new StringBuilder();
        using (var writer = new StringWriter(written, CultureInfo.InvariantCulture))
        {
            stream.Save(writer, assignAnchors: false);
        }

        // The writer ends the document with a mark that one document does not need.
        return written.ToString().Replace("\n...", "\n", StringComparison.Ordinal);
    }

    private static YamlMappingNode Coordination(YamlMappingNode given, Placement placement)
    {
        var local = placement.Etcd.Where(pair => pair.Key.Length > 0).ToList();
        var global = Cluster(given.Children.TryGetValue(Key("global"), out var node) ? (YamlMappingNode)node : given, placement.Etcd[""]);
        return local.Count == 0 && node is null
            ? global
            : Map([("global", global), .. local.Count == 0 ? [] : new[]
            {
                ("local", (YamlNode)Map([.. local.Select(pair => (pair.Key, (YamlNode)Cluster(
                    (YamlMappingNode)((YamlMappingNode)given.Children[Key("local")]).Children[Key(pair.Key)], pair.Value)))])),
            }]);
    }

    private static YamlMappingNode Cluster(YamlMappingNode given, IEnumerable<Uri> endpoints)
    {
        var cluster = Map(("etcd", new YamlSequenceNode(endpoints.Select(uri => Text(uri.GetLeftPart(UriPartial.Authority))))));
        if (given.Children.TryGetValue(Key("request-timeout"), out var limit))
        {
            cluster.Add("request-timeout", limit);
        }

        return cluster;
    }

    private static void Store(YamlMappingNode store, Placement placement)
    {
        // Hooks, archives, certificates and watchdogs belong to machines that are not here.
        foreach (var key in (string[])["hooks", "archive"])
        {
            store.Children.Remove(Key(key));
        }

        var gate = store.Children.TryGetValue(Key("gate"), out var own) ? (YamlMappingNode)own : Map();
        store.Children[Key("gate")] = gate;
        gate.Children[Key("read-write")] = Text(placement.Gate.ReadWrite);
        gate.Children[Key("read-only")] = Text(placement.Gate.ReadOnly);
        var engine = store.Children.TryGetValue(Key("postgresql"), out var given) ? (YamlMappingNode)given : Map();
        store.Children[Key("postgresql")] = engine;
        engine.Children.Remove(Key("tls"));
        engine.Children.Remove(Key("bin"));
        engine.Children[Key("client-authentication")] = new YamlSequenceNode(Text(placement.ClientAuthentication));
        engine.Children[Key("parameters")] = Parameters(engine);
        // The disks are small, and what is kept free on them for others' sake has to be, too.
        engine.Children[Key("salvage-reserve")] = Text("32MiB");
        foreach (var (name, member) in (YamlMappingNode)store.Children[Key("members")])
        {
            var seat = placement.Members[name.ToString()];
            var mapping = (YamlMappingNode)member;
            mapping.Children[Key("address")] = Text($"{seat.Address}:{seat.Port}");
            mapping.Children[Key("agent")] = Text($"{seat.Address}:{seat.AgentPort}");
            mapping.Children[Key("data")] = Text(seat.Data);
            mapping.Children.Remove(Key("watchdog"));
        }
    }

    /// <summary>Sizes that fit a laboratory; all else stays.</summary>
    private static YamlMappingNode Parameters(YamlMappingNode engine)
    {
        var parameters = engine.Children.TryGetValue(Key("parameters"), out var given) ? (YamlMappingNode)given : Map();
        foreach (var (name, value) in ((string, string)[])
            [("shared_buffers", "32MB"), ("max_connections", "100"), ("max_wal_size", "192MB"), ("min_wal_size", "48MB")])
        {
            parameters.Children[Key(name)] = Text(value);
        }

        return parameters;
    }

    private static string FolderOf(string path) => global::System.IO.Path.GetDirectoryName(global::System.IO.Path.GetFullPath(path))!;

    private static YamlScalarNode Key(string name) => new(name);

    private static YamlScalarNode Text(string text) => new(text) { Style = YamlDotNet.Core.ScalarStyle.DoubleQuoted };

    private static YamlMappingNode Map(params (string Key, YamlNode Value)[] pairs) =>
        new(pairs.Select(pair => KeyValuePair.Create<YamlNode, YamlNode>(Key(pair.Key), pair.Value)));
}
