namespace Holdfast.Configuration.Tests;

/// <summary>Unknown keys, missing keys, wrong forms: each is told with its place and what would be right.</summary>
public class FormTests
{
    [Theory]
    [InlineData("system: demo", "system: demo\nsytem: x", "sytem", 2, 1, "did you mean 'system'?")]
    [InlineData("kind: postgresql", "kind: postgresql\n    acknowledgments: 1", "stores.orders.acknowledgments", 10, 5, "did you mean 'acknowledgements'?")]
    [InlineData("kind: postgresql", "kind: postgresql\n    preferred_site: fra", "stores.orders.preferred_site", 10, 5, "did you mean 'preferred-site'?")]
    [InlineData("data: /srv/a }", "data: /srv/a, colour: red }", "stores.orders.members.a.colour", 11, 85, "the keys here are: site, address, agent, data, priority, watchdog")]
    [InlineData("fra: {}", "fra: {wittness: true}", "sites.fra.wittness", 5, 9, "did you mean 'witness'?")]
    public void An_unknown_key_is_an_error_with_a_suggestion(string part, string replacement, string path, int line, int column, string remedy)
    {
        var problem = Sample.With(part, replacement).OnlyError();

        (problem.Path, problem.Line, problem.Column).ShouldBe((path, line, column));
        problem.Remedy.ShouldBe(remedy);
    }

    [Theory]
    [InlineData("system: demo\n", "", "system")]
    [InlineData("  etcd: [http://127.0.0.1:2379]\n", "  user:\n", "coordination.etcd")]
    [InlineData("    kind: postgresql\n", "", "stores.orders.kind")]
    [InlineData("site: fra, address: 127.0.0.1:5441, ", "address: 127.0.0.1:5441, ", "stores.orders.members.a.site")]
    [InlineData("address: 127.0.0.1:5441, ", "", "stores.orders.members.a.address")]
    [InlineData(", data: /srv/a", "", "stores.orders.members.a.data")]
    public void A_missing_key_is_an_error_that_says_what_to_add(string part, string replacement, string path)
    {
        var problem = Sample.With(part, replacement).Errors.Single(error => error.Message == "is missing");

        problem.Path.ShouldBe(path);
        problem.Line.ShouldBeGreaterThan(0);
        problem.Remedy.ShouldStartWith($"add '{path.Split('.')[^1]}: ");
    }

    [Fact]
    public void A_missing_key_is_pointed_at_where_its_section_begins()
    {
        var problem = Sample.With(", data: /srv/a", "").OnlyError();

        (problem.Line, problem.Column).ShouldBe((11, 7));
    }

    [Theory]
    [InlineData("127.0.0.1:5441", "x", "'x' is not host:port", "write for example 10.0.1.1:5432")]
    [InlineData("127.0.0.1:5441", "127.0.0.1:99999", "'127.0.0.1:99999' is not host:port", "write for example 10.0.1.1:5432")]
    [InlineData("127.0.0.1:5441", "0.0.0.0:5441", "'0.0.0.0' is no address that others can reach", "write the address under which the other members reach this host")]
    [InlineData("127.0.0.1:5441", "[a, b]", "is a list, not host:port", "write for example 10.0.1.1:5432")]
    [InlineData("127.0.0.1:5441", "~", "has no value", "write for example 10.0.1.1:5432")]
    public void A_wrong_address_is_told(string part, string replacement, string message, string remedy)
    {
        var problem = Sample.With(part, replacement).OnlyError();

        problem.Path.ShouldBe("stores.orders.members.a.address");
        (problem.Message, problem.Remedy).ShouldBe((message, remedy));
    }

    [Fact]
    public void A_wrong_value_is_pointed_at_itself()
    {
        var problem = Sample.With("127.0.0.1:5441", "x").OnlyError();

        (problem.Line, problem.Column).ShouldBe((11, 32));
    }

    [Theory]
    [InlineData("timing: {switchover: 30}", "'30' is not a duration", "add the unit: 30ms, 30s, 30m or 30h")]
    [InlineData("timing: {switchover: soon}", "'soon' is not a duration", "write for example 500ms, 1s, 5m or 1h")]
    [InlineData("timing: {switchover: -1s}", "'-1s' is not a duration", "write for example 500ms, 1s, 5m or 1h")]
    [InlineData("timing: {switchover: 1.5s}", "'1.5s' is not a duration", "write for example 500ms, 1s, 5m or 1h")]
    [InlineData("timing: {switchover: 999999999h}", "'999999999h' is longer than 720h", "write a shorter duration")]
    [InlineData("postgresql: {slot-bound: 10GB}", "'10GB' is not a size", "write 10GiB")]
    [InlineData("postgresql: {slot-bound: 0MiB}", "'0MiB' is not a size", "write for example 512MiB, 10GiB or 1TiB")]
    [InlineData("postgresql: {slot-bound: 9999TiB}", "'9999TiB' is larger than a server can count", "write at most 2047TiB")]
    [InlineData("site-link: {queue-bound: 16}", "'16' is not a number of bytes", "write for example 64MB, 16GB or 1TB")]
    [InlineData("site-link: {queue-bound: 16 Gi}", "'16 Gi' is not a number of bytes", "write 16GiB")]
    [InlineData("site-link: {queue-bound: 2252TB}", "'2252TB' is larger than a server can count", "write at most 2047TiB")]
    [InlineData("site-link: {bandwidth: 100MB/s}", "'100MB/s' is not a number of bytes", "write 100MB")]
    [InlineData("site-link: {bandwidth: 1Gbit/s}", "'1Gbit/s' is not a number of bytes", "1Gbit/s is 125MB: write that")]
    [InlineData("site-link: {bandwidth: 800kB}", "'800kB' is not a number of bytes", "write 800KB")]
    [InlineData("site-link: {bandwidth: 1Gbit}", "'1Gbit' is not a number of bytes", "1Gbit is 125MB: write that")]
    [InlineData("site-link: {queue-full: stop-write}", "'stop-write' is not a choice here", "did you mean 'stop-writes'?")]
    [InlineData("site-link: {queue: 1GB}", "'queue' is not a key here", "the keys here are: queue-bound, queue-full, bandwidth, heartbeat")]
    [InlineData("archive: archive/orders", "'archive/orders' is not an absolute path", "write for example /srv/holdfast/archive/orders")]
    [InlineData("hooks: {before-move: {}}", "is missing", "add 'run: [/usr/local/bin/move-dns]'")]
    [InlineData("hooks: {after-move: {run: []}}", "is empty", "it needs at least 1")]
    [InlineData("hooks: {after-move: {run: /bin/true}}", "is '/bin/true', not a list", "write the words as '[a, b]', or one per line after '- '")]
    [InlineData("objectives: {site-loss: {enforce-rpo: 'true'}}", "'true' is not a truth value", "write true or false, without quotes")]
    [InlineData("objectives: {host-loss: {enforce-rpo: true}}", "'enforce-rpo' is not a key here", "the keys here are: rpo, rto")]
    [InlineData("acknowledgements: two", "'two' is not a whole number", "write a whole number from 1 to 100, without quotes")]
    [InlineData("acknowledgements: '2'", "\"2\" is text, not a number", "write a whole number from 1 to 100, without quotes")]
    [InlineData("acknowledgements: 0", "0 is out of range", "write a whole number from 1 to 100, without quotes")]
    [InlineData("acknowledgements: {}", "is a section with keys, not a whole number", "write a whole number from 1 to 100, without quotes")]
    [InlineData("unprotected: alow", "'alow' is not a choice here", "did you mean 'allow'?")]
    [InlineData("isolation: maybe", "'maybe' is not a choice here", "the choice is: fence, continue")]
    [InlineData("timing: 5s", "is '5s', not a section with keys", "its keys are: heartbeat, suspect-after, candidate-lost-after, lease, stale-read-limit, hand-over, site-lease, switchover")]
    [InlineData("postgresql: {bin: usr/bin}", "'usr/bin' is not an absolute path", "write for example /usr/lib/postgresql/15/bin")]
    [InlineData("postgresql: {parameters: {work mem: 1}}", "'work mem' is not a name for a setting", "write it as in postgresql.conf, for example 'work_mem' or 'auto_explain.log_min_duration'")]
    [InlineData("postgresql: {parameters: {work_mem: [1]}}", "is a list, not a setting", "write one value, for example 64MB")]
    [InlineData("postgresql: {parameters: {work_mem: \"1\\n2\"}}", "holds a line break or control character", "write the value on one line")]
    [InlineData("postgresql: {client-authentication: host}", "is 'host', not a list", "write the lines of pg_hba.conf as '[a, b]', or one per line after '- '")]
    [InlineData("preferred-site: Fra", "'Fra' is not a name of a site", "use at most 63 lower-case letters, digits and dashes, a letter or digit at either end")]
    public void A_wrong_form_is_told_with_what_would_be_right(string line, string message, string remedy)
    {
        var problem = Sample.WithInStore(line).Errors.ShouldHaveSingleItem().ShouldBeError();

        (problem.Message, problem.Remedy).ShouldBe((message, remedy));
        problem.Line.ShouldBe(10);
        problem.Path.ShouldStartWith("stores.orders.");
    }

    [Theory]
    [InlineData("witness: true", "witness: 'true'")]
    [InlineData("witness: true", "witness: yes")]
    public void Only_true_and_false_are_truth_values(string part, string replacement) =>
        Sample.With(part, replacement).OnlyError().Remedy.ShouldBe("write true or false, without quotes");

    [Theory]
    [InlineData("data: /srv/a", "data: srv/a", "'srv/a' is not an absolute path")]
    [InlineData("data: /srv/a", "data: /", "is the root of the file system")]
    [InlineData("data: /srv/a", "data: /srv/..", "is the root of the file system")]
    public void Data_is_an_absolute_path_below_the_root(string part, string replacement, string message)
    {
        var problem = Sample.With(part, replacement).OnlyError();

        (problem.Path, problem.Message, problem.Remedy).ShouldBe(("stores.orders.members.a.data", message, "write for example /var/lib/holdfast/orders"));
    }

    [Theory]
    [InlineData("system: demo", "system: Demo", "system")]
    [InlineData("  orders:", "  or_ders:", "stores.or_ders")]
    [InlineData("  fra: {}", "  fra: {}\n  -x: {}", "sites.-x")]
    [InlineData("      a: {", "      aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: {", "stores.orders.members.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Names_are_lower_case_letters_digits_and_dashes(string part, string replacement, string path)
    {
        var problem = Sample.With(part, replacement).OnlyError();

        problem.Path.ShouldBe(path);
        problem.Remedy.ShouldContain("lower-case letters, digits and dashes");
    }

    [Theory]
    [InlineData("10.0.0.1:2379", "'10.0.0.1:2379' is not a URL of an etcd server", "write https://10.0.0.1:2379, or http://10.0.0.1:2379 when it has no TLS")]
    [InlineData("https://10.0.0.1", "'https://10.0.0.1' has no port", "write https://10.0.0.1:2379")]
    [InlineData("https://10.0.0.1:2379/v3", "'https://10.0.0.1:2379/v3' has a path", "write https://10.0.0.1:2379")]
    [InlineData("https://u:pw@10.0.0.1:2379", "holds a user name or password", "write them as coordination.user and coordination.password")]
    [InlineData("ftp://u:pw@h:1", "'***@h:1' is not a URL of an etcd server", "write for example https://10.0.1.1:2379")]
    public void An_etcd_address_is_a_base_url_with_a_port(string url, string message, string remedy)
    {
        var problem = Sample.With("http://127.0.0.1:2379", $"\"{url}\"").OnlyError();

        (problem.Path, problem.Message, problem.Remedy).ShouldBe(("coordination.etcd[0]", message, remedy));
    }

    [Fact]
    public void An_etcd_server_behind_port_443_is_fine() =>
        Sample.With("http://127.0.0.1:2379", "https://etcd.example:443").Problems.ShouldBeEmpty();

    [Fact]
    public void All_errors_come_at_once_in_the_order_of_the_file()
    {
        var text = """
            system: Demo
            coordination: {etcd: []}
            sites: {}
            stores:
              orders:
                kind: oracle
                members: {}
                nonsense: 1

            """;

        var result = Sample.Parse(text);

        result.System.ShouldBeNull();
        result.Problems.Select(problem => problem.Path).ShouldBe(
            ["system", "coordination.etcd", "sites", "stores.orders.kind", "stores.orders.members", "stores.orders.nonsense"]);
        result.Problems.Select(problem => problem.Line).ShouldBe([1, 2, 3, 6, 7, 8]);
    }
}
