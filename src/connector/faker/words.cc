// Word lists: short, made up or common knowledge; one line per provider, sorted by name.
#include "connector/faker/providers.h"

namespace millstream::connector::faker {
namespace {

constexpr WordList kLists[] = {
    {"Address.buildingNumber", "#|##|###", true},
    {"Address.city",
     "#{Address.cityName}|#{Address.cityName}|#{Address.cityPrefix} "
     "#{Name.lastName}|#{Name.lastName}#{Address.citySuffix}"},
    {"Address.cityName",
     "Berlin|Hamburg|Munich|London|Leeds|Paris|Lyon|Madrid|Seville|Rome|Milan|Vienna|Graz|Zurich|Oslo|Bergen|Lisbon|"
     "Porto|Athens|Dublin|New "
     "York|Chicago|Boston|Denver|Seattle|Toronto|Montreal|Tokyo|Osaka|Sydney|Perth|Nairobi|Accra|Lima|Bogota|Delhi|"
     "Pune"},
    {"Address.cityPrefix", "North|South|East|West|New|Lake|Port|Fort"},
    {"Address.citySuffix", "ville|town|burgh|ford|port|side|field|bury"},
    {"Address.country",
     "Argentina|Australia|Austria|Belgium|Brazil|Canada|Chile|Denmark|Egypt|Finland|France|Germany|Ghana|Greece|India|"
     "Ireland|Italy|Japan|Kenya|Mexico|Netherlands|New "
     "Zealand|Norway|Peru|Poland|Portugal|Spain|Sweden|Switzerland|Turkey|United Kingdom|United States"},
    {"Address.countryCode",
     "AR|AU|AT|BE|BR|CA|CL|DK|EG|FI|FR|DE|GH|GR|IN|IE|IT|JP|KE|MX|NL|NZ|NO|PE|PL|PT|ES|SE|CH|TR|GB|US"},
    {"Address.fullAddress", "#{Address.streetAddress}, #{Address.city}, #{Address.stateAbbr} #{Address.zipCode}"},
    {"Address.postcode", "#####", true},
    {"Address.secondaryAddress", "#{numerify 'Apt. ###'}|#{numerify 'Suite ###'}"},
    {"Address.state",
     "Alabama|Arizona|California|Colorado|Florida|Georgia|Illinois|Iowa|Kansas|Maine|Michigan|Montana|Nevada|New "
     "York|Ohio|Oregon|Texas|Utah|Vermont|Washington"},
    {"Address.stateAbbr", "AL|AZ|CA|CO|FL|GA|IL|IA|KS|ME|MI|MT|NV|NY|OH|OR|TX|UT|VT|WA"},
    {"Address.streetAddress", "#{Address.buildingNumber} #{Address.streetName}"},
    {"Address.streetName",
     "#{Name.lastName} #{Address.streetSuffix}|#{Name.firstName} #{Address.streetSuffix}|Main "
     "#{Address.streetSuffix}|Mill #{Address.streetSuffix}"},
    {"Address.streetSuffix", "Street|Road|Avenue|Lane|Drive|Square|Court|Way"},
    {"Address.timeZone",
     "Europe/Berlin|Europe/London|Europe/Paris|America/New_York|America/Chicago|America/Los_Angeles|Asia/Tokyo|Asia/"
     "Kolkata|Australia/Sydney|Africa/Nairobi"},
    {"Address.zipCode", "#####", true},
    {"Ancient.god", "Athena|Apollo|Hermes|Hera|Poseidon|Artemis|Demeter|Ares"},
    {"Ancient.hero", "Achilles|Ajax|Hector|Heracles|Jason|Odysseus|Perseus|Theseus"},
    {"Animal.name",
     "badger|bear|beaver|camel|cat|crane|deer|dog|dolphin|eagle|elephant|fox|frog|goat|hare|heron|horse|lynx|otter|owl|"
     "panda|seal|sheep|tiger|whale|wolf"},
    {"App.author", "#{Name.fullName}|#{Company.name}"},
    {"App.name", "Brightleaf|Cloudlane|Fieldnote|Lumora|Northbeam|Pathwise|Quickstep|Tidemark|Voltio|Zensync"},
    {"App.version", "0.#.#|#.#.#|#.##", true},
    {"Beer.name", "Amber Mill|Black Heron|Copper Fox|Golden Field|Harbour Pale|Iron Bridge|Old Orchard|Red Lantern"},
    {"Beer.style", "Amber Ale|Bock|India Pale Ale|Lager|Pilsner|Porter|Stout|Wheat Beer"},
    {"Book.author", "#{Name.fullName}"},
    {"Book.genre", "Biography|Crime|Essay|Fable|Fantasy|History|Mystery|Poetry|Romance|Science Fiction|Travel"},
    {"Book.publisher", "Alder House|Bluestone Press|Corner Books|Harbour & Sons|Lantern Press|Quill Editions"},
    {"Book.title",
     "The #{Color.name} #{Animal.name}|A #{Commerce.material} Heart|Letters from #{Address.cityName}|The Last "
     "#{Job.position}"},
    {"Bool.bool", "true|false"},
    {"Business.creditCardExpiry", "2027-11-30|2028-04-30|2028-09-30|2029-01-31|2029-06-30|2030-02-28"},
    {"Business.creditCardNumber", "####-####-####-####", true},
    {"Business.creditCardType", "visa|mastercard|american_express|diners_club|discover"},
    {"Cat.breed", "Abyssinian|Birman|Burmese|Maine Coon|Manx|Persian|Siamese|Sphynx"},
    {"Cat.name", "Felix|Kitty|Luna|Milo|Misty|Oscar|Simba|Smokey"},
    {"Code.asin", "B0########", true},
    {"Code.ean13", "#############", true},
    {"Code.ean8", "########", true},
    {"Code.imei", "###############", true},
    {"Code.isbn10", "##########", true},
    {"Code.isbn13", "978##########", true},
    {"Coffee.blendName", "Dark Harbour|First Light|Morning Mill|Night Shift|Quiet Sunday|Summer Porch"},
    {"Coffee.country", "Brazil|Colombia|Costa Rica|Ethiopia|Guatemala|Kenya|Rwanda|Vietnam"},
    {"Color.hex", "#{regexify '#[0-9A-F]{6}'}"},
    {"Color.name",
     "amber|azure|beige|black|blue|bronze|brown|coral|crimson|cyan|gold|gray|green|indigo|ivory|lavender|lime|magenta|"
     "maroon|navy|olive|orange|pink|plum|purple|red|silver|teal|turquoise|violet|white|yellow"},
    {"Commerce.brand", "Alderwood|Bluefin|Cobalt|Deltaform|Evergrain|Fernway|Glasspoint|Highmark|Ironclad|Juniper"},
    {"Commerce.color", "#{Color.name}"},
    {"Commerce.department",
     "Automotive|Baby|Beauty|Books|Clothing|Computers|Electronics|Garden|Grocery|Health|Home|Industrial|Jewelry|Kids|"
     "Movies|Music|Outdoors|Shoes|Sports|Tools|Toys"},
    {"Commerce.material",
     "Aluminum|Bronze|Concrete|Copper|Cotton|Granite|Iron|Leather|Linen|Marble|Paper|Plastic|Rubber|Silk|Steel|Wooden|"
     "Wool"},
    {"Commerce.product",
     "Bag|Bench|Bottle|Chair|Clock|Coat|Computer|Gloves|Hat|Keyboard|Knife|Lamp|Mug|Pants|Plate|Shirt|Shoes|Table|"
     "Wallet|Watch"},
    {"Commerce.productAdjective",
     "Awesome|Durable|Elegant|Enormous|Ergonomic|Fantastic|Gorgeous|Handmade|Heavy "
     "Duty|Incredible|Intelligent|Lightweight|Mediocre|Practical|Rustic|Sleek|Small|Synergistic"},
    {"Commerce.productName", "#{Commerce.productAdjective} #{Commerce.material} #{Commerce.product}"},
    {"Commerce.promotionCode", "#{regexify '(Amazing|Cool|Great|Super|Sweet)(Code|Deal|Price|Sale|Savings)[0-9]{6}'}"},
    {"Commerce.vendor", "Acorn Supplies|Bay Traders|Central Goods|Dockside Wholesale|Eastern Imports|Foundry Partners"},
    {"Company.bs",
     "streamline #{Company.buzzword} channels|grow #{Company.buzzword} markets|scale #{Company.buzzword} "
     "platforms|deliver #{Company.buzzword} services"},
    {"Company.buzzword",
     "adaptive|automated|balanced|compatible|configurable|distributed|digitized|extended|focused|innovative|integrated|"
     "modular|open|optimized|proactive|robust|scalable|secure|seamless|versatile"},
    {"Company.catchPhrase",
     "#{Company.buzzword} #{Company.buzzword} solution|#{Company.buzzword} and #{Company.buzzword} service|the "
     "#{Company.buzzword} platform"},
    {"Company.industry",
     "Agriculture|Automotive|Banking|Biotechnology|Construction|Education|Energy|Insurance|Logistics|Media|Mining|"
     "Pharmaceuticals|Retail|Shipping|Software|Telecommunications|Tourism"},
    {"Company.logo", "https://example.com/logos/#{number.numberBetween '1','100'}.png"},
    {"Company.name",
     "#{Name.lastName} #{Company.suffix}|#{Name.lastName} and #{Name.lastName}|#{Name.lastName}, #{Name.lastName} and "
     "#{Name.lastName}"},
    {"Company.profession",
     "accountant|architect|baker|carpenter|dentist|doctor|electrician|engineer|farmer|lawyer|nurse|painter|pilot|"
     "plumber|teacher|writer"},
    {"Company.suffix", "Inc|LLC|Group|and Sons|Ltd|GmbH"},
    {"Company.url", "www.#{Internet.domainName}"},
    {"Country.capital",
     "Athens|Berlin|Bern|Cairo|Canberra|Dublin|Lima|Lisbon|London|Madrid|Nairobi|Oslo|Ottawa|Paris|Rome|Tokyo|Vienna|"
     "Warsaw"},
    {"Country.currencyCode", "#{Currency.code}"},
    {"Country.name", "#{Address.country}"},
    {"Currency.code", "AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HUF|INR|JPY|KRW|MXN|NOK|NZD|PLN|SEK|SGD|TRY|USD|ZAR"},
    {"Currency.name",
     "Australian Dollar|British Pound|Canadian Dollar|Chinese Yuan|Euro|Indian Rupee|Japanese Yen|Mexican "
     "Peso|Norwegian Krone|Swedish Krona|Swiss Franc|US Dollar"},
    {"Device.manufacturer", "Apple|Google|HTC|Huawei|LG|Motorola|Nokia|OnePlus|Samsung|Sony|Xiaomi"},
    {"Device.modelName", "Aero 5|Nova X|Orbit Mini|Pulse 12|Slate Pro|Vista S"},
    {"Device.platform", "Android OS|iOS|Linux|Windows"},
    {"Dog.breed", "Beagle|Boxer|Bulldog|Collie|Dachshund|Greyhound|Labrador|Poodle|Terrier"},
    {"Dog.name", "Bailey|Bella|Buddy|Charlie|Daisy|Lucky|Max|Rex|Rocky"},
    {"Educator.university", "#{University.name}"},
    {"ESports.game", "Counter-Strike|Dota 2|Fortnite|League of Legends|Overwatch|Rocket League|StarCraft II|Valorant"},
    {"ESports.player", "ace|blitz|crux|drift|echo|frost|ghost|hex|ion|jinx"},
    {"ESports.team", "Arc Foxes|Crimson Tide|Iron Wolves|Night Owls|North Star|Storm Riders"},
    {"File.extension", "csv|docx|gif|jpg|json|mp3|mp4|pdf|png|txt|xlsx|zip"},
    {"File.fileName", "#{Lorem.word}_#{Lorem.word}.#{File.extension}"},
    {"File.mimeType",
     "application/json|application/pdf|application/zip|audio/mpeg|image/jpeg|image/png|text/csv|text/html|text/"
     "plain|video/mp4"},
    {"Finance.bic", "????DE##|????FR##|????GB##|????NL##", true},
    {"Finance.iban", "DE####################|FR#########################|NL##ABNA##########|ES######################",
     true},
    {"Finance.stockMarket", "NASDAQ|NYSE|LSE|Xetra|Euronext|TSE"},
    {"Finance.usRoutingNumber", "#########", true},
    {"Food.dish", "Burger|Caesar Salad|Chicken Curry|Fish and Chips|Lasagne|Pad Thai|Pizza|Ramen|Risotto|Sushi|Tacos"},
    {"Food.fruit", "Apple|Apricot|Banana|Cherry|Fig|Grape|Kiwi|Lemon|Mango|Orange|Peach|Pear|Plum"},
    {"Food.ingredient",
     "Beans|Butter|Cheese|Eggs|Flour|Garlic|Honey|Milk|Oats|Olive Oil|Pasta|Pepper|Rice|Salt|Sugar|Tomato"},
    {"Food.spice", "Basil|Chili|Cinnamon|Cumin|Ginger|Mint|Nutmeg|Oregano|Paprika|Thyme"},
    {"Food.vegetable", "Beetroot|Broccoli|Cabbage|Carrot|Celery|Leek|Lettuce|Onion|Peas|Pumpkin|Spinach"},
    {"GameOfThrones.character",
     "Arya Stark|Brienne of Tarth|Cersei Lannister|Daenerys Targaryen|Jon Snow|Sansa Stark|Tyrion Lannister"},
    {"GameOfThrones.city", "Braavos|King's Landing|Meereen|Oldtown|Pentos|Volantis|White Harbor"},
    {"GameOfThrones.house", "Arryn|Baratheon|Greyjoy|Lannister|Martell|Stark|Targaryen|Tully|Tyrell"},
    {"GreekPhilosopher.name",
     "Anaximander|Aristotle|Democritus|Epicurus|Heraclitus|Parmenides|Plato|Pythagoras|Socrates|Thales|Zeno"},
    {"Hacker.noun",
     "array|bandwidth|bus|card|circuit|driver|feed|firewall|hard "
     "drive|interface|matrix|monitor|pixel|port|protocol|sensor|system"},
    {"Hacker.verb",
     "bypass|calculate|compress|connect|copy|generate|hack|index|input|navigate|override|parse|program|quantify|reboot|"
     "synthesize|transmit"},
    {"HarryPotter.book",
     "Philosopher's Stone|Chamber of Secrets|Prisoner of Azkaban|Goblet of Fire|Order of the Phoenix|Half-Blood "
     "Prince|Deathly Hallows"},
    {"HarryPotter.character",
     "Albus Dumbledore|Draco Malfoy|Ginny Weasley|Harry Potter|Hermione Granger|Luna Lovegood|Minerva "
     "McGonagall|Neville Longbottom|Ron Weasley|Rubeus Hagrid|Severus Snape|Sirius Black"},
    {"HarryPotter.characters", "#{HarryPotter.character}"},
    {"HarryPotter.house", "Gryffindor|Hufflepuff|Ravenclaw|Slytherin"},
    {"HarryPotter.location",
     "Azkaban|Diagon Alley|Forbidden Forest|Gringotts|Hogsmeade|Hogwarts|King's Cross|The Burrow"},
    {"HarryPotter.locations", "#{HarryPotter.location}"},
    {"HarryPotter.name", "#{HarryPotter.character}"},
    {"HarryPotter.spell",
     "Accio|Alohomora|Expecto Patronum|Expelliarmus|Lumos|Nox|Obliviate|Reparo|Riddikulus|Stupefy"},
    {"HarryPotter.spells", "#{HarryPotter.spell}"},
    {"HitchhikersGuideToTheGalaxy.character",
     "Arthur Dent|Eddie|Ford Prefect|Marvin|Slartibartfast|Trillian|Zaphod Beeblebrox"},
    {"HitchhikersGuideToTheGalaxy.location", "Betelgeuse|Damogran|Islington|Krikkit|Magrathea|Milliways"},
    {"HitchhikersGuideToTheGalaxy.starship",
     "Billion Year Bunker|Bistromath|Golgafrinchan Ark|Heart of Gold|Starship Titanic"},
    {"Hobbit.character", "Balin|Bilbo Baggins|Bombur|Dwalin|Gandalf|Gloin|Smaug|Thorin Oakenshield"},
    {"IdNumber.valid", "###-##-####", true},
    {"Internet.avatar", "https://example.com/avatars/#{number.numberBetween '1','1000'}.png"},
    {"Internet.domainName", "#{Internet.domainWord}.#{Internet.domainSuffix}"},
    {"Internet.domainSuffix", "com|org|net|info|io|biz"},
    {"Internet.domainWord",
     "alder|beacon|cedar|delta|ember|fjord|grove|harbor|iris|juniper|kestrel|lagoon|meadow|nimbus|orchard|prairie"},
    {"Internet.emailAddress",
     "#{Internet.username}@gmail.com|#{Internet.username}@yahoo.com|#{Internet.username}@hotmail.com|#{Internet."
     "username}@#{Internet.domainName}"},
    {"Internet.httpMethod", "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"},
    {"Internet.image", "https://example.com/images/#{number.numberBetween '1','1000'}.jpg"},
    {"Internet.ipV4Address",
     "#{number.numberBetween '1','255'}.#{number.numberBetween '0','256'}.#{number.numberBetween "
     "'0','256'}.#{number.numberBetween '1','255'}"},
    {"Internet.ipV6Address", "#{regexify '([0-9a-f]{4}:){7}[0-9a-f]{4}'}"},
    {"Internet.macAddress", "#{regexify '([0-9a-f]{2}:){5}[0-9a-f]{2}'}"},
    {"Internet.password", "#{regexify '[a-zA-Z0-9]{8,16}'}"},
    {"Internet.port", "#{number.numberBetween '1024','65536'}"},
    {"Internet.privateIpV4Address",
     "10.#{number.numberBetween '0','256'}.#{number.numberBetween '0','256'}.#{number.numberBetween "
     "'1','255'}|192.168.#{number.numberBetween '0','256'}.#{number.numberBetween '1','255'}"},
    {"Internet.publicIpV4Address",
     "#{number.numberBetween '11','100'}.#{number.numberBetween '0','256'}.#{number.numberBetween "
     "'0','256'}.#{number.numberBetween '1','255'}|#{number.numberBetween '193','224'}.#{number.numberBetween "
     "'0','256'}.#{number.numberBetween '0','256'}.#{number.numberBetween '1','255'}"},
    {"Internet.safeEmailAddress", "#{Internet.username}@example.com|#{Internet.username}@example.org"},
    {"Internet.slug", "#{Lorem.word}_#{Lorem.word}|#{Lorem.word}_#{Lorem.word}_#{Lorem.word}"},
    {"Internet.url", "www.#{Internet.domainName}"},
    {"Internet.userAgent", "#{Internet.userAgentAny}"},
    {"Internet.userAgentAny",
     "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0|Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
     "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36|Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) "
     "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15|curl/8.8.0"},
    {"Internet.username", "#{Name.username}"},
    {"Job.field",
     "Accounting|Administration|Banking|Construction|Consulting|Design|Education|Engineering|Farming|Government|"
     "Healthcare|Hospitality|Legal|Manufacturing|Marketing|Retail|Sales|Technology"},
    {"Job.keySkills",
     "Communication|Leadership|Networking skills|Organisation|Problem solving|Self-motivated|Teamwork|Technical savvy"},
    {"Job.position",
     "Administrator|Agent|Analyst|Architect|Assistant|Consultant|Coordinator|Designer|Developer|Director|Engineer|"
     "Executive|Manager|Officer|Planner|Producer|Specialist|Strategist|Supervisor|Technician"},
    {"Job.seniority",
     "Chief|Corporate|District|Dynamic|Future|Global|Internal|Junior|Lead|Legacy|National|Principal|Regional|Senior"},
    {"Job.title", "#{Job.seniority} #{Job.field} #{Job.position}"},
    {"LordOfTheRings.character",
     "Aragorn|Arwen|Boromir|Elrond|Eowyn|Frodo Baggins|Galadriel|Gandalf|Gimli|Legolas|Samwise Gamgee"},
    {"LordOfTheRings.location", "Bree|Edoras|Fangorn|Isengard|Lothlorien|Minas Tirith|Moria|Rivendell|The Shire"},
    {"Lorem.character", "?", true},
    {"Lorem.word",
     "alias|amet|animi|aut|autem|commodi|consequatur|cum|dicta|dolor|dolore|eius|enim|error|esse|est|et|ex|fuga|harum|"
     "id|illo|in|ipsam|iste|iure|labore|magni|modi|nam|nemo|nihil|nisi|non|odio|omnis|optio|porro|qui|quia|ratione|rem|"
     "rerum|sed|sint|sit|sunt|tempora|ullam|ut|vel|velit|vero|vitae|voluptas"},
    {"Medical.diseaseName", "Asthma|Bronchitis|Diabetes|Eczema|Influenza|Migraine|Pneumonia|Tonsillitis"},
    {"Medical.hospitalName",
     "#{Address.cityName} General Hospital|St. #{Name.firstName} Hospital|#{Address.cityName} Medical Center"},
    {"Medical.medicineName", "Acetaminophen|Amoxicillin|Aspirin|Ibuprofen|Insulin|Metformin|Paracetamol"},
    {"Music.chord", "A|Am|Bm|C|Cmaj7|D|Dm|E|Em|F|Fmaj7|G|G7"},
    {"Music.genre", "Blues|Classical|Country|Electronic|Folk|Funk|Hip Hop|Jazz|Metal|Pop|Reggae|Rock|Soul"},
    {"Music.instrument", "Accordion|Bassoon|Cello|Clarinet|Drums|Flute|Guitar|Harp|Oboe|Piano|Trumpet|Viola|Violin"},
    {"Music.key", "A|B|C|D|E|F|G"},
    {"Name.firstName",
     "Ada|Alan|Alice|Amir|Ana|Anton|Bella|Ben|Carla|Chen|Clara|Daniel|David|Diana|Elena|Emil|Emma|Farah|Felix|Grace|"
     "Hana|Henry|Ines|Ivan|Jack|James|Jane|Jonas|Julia|Karim|Laura|Leo|Lena|Lucas|Maria|Marco|Maya|Mei|Nadia|Nina|Noah|"
     "Olga|Oscar|Paul|Priya|Rosa|Ruth|Samuel|Sara|Sofia|Tara|Theo|Tom|Uma|Vera|Victor|Wanda|Yara|Yusuf|Zoe"},
    {"Name.fullName",
     "#{Name.firstName} #{Name.lastName}|#{Name.firstName} #{Name.lastName}|#{Name.firstName} "
     "#{Name.lastName}|#{Name.prefix} #{Name.firstName} #{Name.lastName}"},
    {"Name.lastName",
     "Adams|Ahmed|Andersen|Bauer|Becker|Brown|Carter|Chen|Clark|Costa|Davis|Diaz|Evans|Fischer|Garcia|Gupta|Hansen|"
     "Harris|Ito|Jackson|Jones|Kaur|Keller|Khan|Kim|Klein|Kumar|Lee|Lopez|Martin|Meyer|Miller|Moore|Mori|Nguyen|Novak|"
     "Okafor|Patel|Perez|Reed|Rossi|Sato|Schmidt|Silva|Singh|Smith|Tanaka|Taylor|Turner|Walker|Weber|White|Wilson|Wong|"
     "Young"},
    {"Name.name", "#{Name.fullName}"},
    {"Name.nameWithMiddle", "#{Name.firstName} #{Name.firstName} #{Name.lastName}"},
    {"Name.prefix", "Mr.|Mrs.|Ms.|Dr."},
    {"Name.suffix", "Jr.|Sr.|II|III|MD|PhD"},
    {"Name.title", "#{Job.title}"},
    {"Name.username",
     "#{regexify "
     "'(ada|alan|alice|amir|anton|bella|carla|chen|clara|daniel|elena|emil|farah|felix|grace|hana|ines|jonas|julia|"
     "karim|laura|leo|maria|maya|nadia|noah|olga|oscar|paul|rosa|sara|theo|vera|zoe)\\.(adams|bauer|brown|clark|costa|"
     "davis|evans|garcia|hansen|ito|jones|khan|kim|lee|lopez|martin|miller|mori|novak|patel|reed|rossi|sato|silva|"
     "singh|smith|weber|white|wong|young)'}"},
    {"Nation.capitalCity", "#{Country.capital}"},
    {"Nation.language",
     "Arabic|Chinese|Danish|Dutch|English|Finnish|French|German|Greek|Hindi|Italian|Japanese|Korean|Norwegian|Polish|"
     "Portuguese|Spanish|Swahili|Swedish|Turkish"},
    {"Nation.nationality",
     "Austrians|Brazilians|Canadians|Danes|Finns|Germans|Indians|Italians|Japanese|Kenyans|Mexicans|Norwegians|Poles|"
     "Spaniards|Swedes"},
    {"PhoneNumber.cellPhone", "(###) ###-####|###-###-####|1-###-###-####", true},
    {"PhoneNumber.phoneNumber", "(###) ###-####|###-###-####|1-###-###-####|###.###.####", true},
    {"Pokemon.name", "Bulbasaur|Charmander|Eevee|Jigglypuff|Mewtwo|Pikachu|Snorlax|Squirtle"},
    {"RickAndMorty.character", "Beth Smith|Birdperson|Jerry Smith|Morty Smith|Mr. Meeseeks|Rick Sanchez|Summer Smith"},
    {"RickAndMorty.location", "Anatomy Park|Bird World|Citadel of Ricks|Cromulon Dimension|Earth C-137|Gazorpazorp"},
    {"Science.element",
     "Argon|Calcium|Carbon|Copper|Gold|Helium|Hydrogen|Iron|Lithium|Neon|Nitrogen|Oxygen|Silver|Sodium|Zinc"},
    {"Science.elementSymbol", "Ag|Ar|Au|C|Ca|Cu|Fe|H|He|Li|N|Na|Ne|O|Zn"},
    {"Space.agency", "ASI|CNES|CNSA|CSA|DLR|ESA|ISRO|JAXA|NASA|UKSA"},
    {"Space.constellation", "Andromeda|Aquila|Auriga|Cassiopeia|Cygnus|Draco|Hydra|Lyra|Orion|Pegasus|Perseus"},
    {"Space.galaxy", "Andromeda|Black Eye|Bode's|Cartwheel|Cigar|Milky Way|Pinwheel|Sombrero|Whirlpool"},
    {"Space.moon", "Callisto|Enceladus|Europa|Ganymede|Io|Luna|Phobos|Titan|Triton"},
    {"Space.nasaSpaceCraft", "Apollo|Atlantis|Challenger|Columbia|Discovery|Endeavour|Gemini|Mercury|Orion"},
    {"Space.planet", "Mercury|Venus|Earth|Mars|Jupiter|Saturn|Uranus|Neptune"},
    {"Space.star", "Aldebaran|Altair|Antares|Arcturus|Betelgeuse|Capella|Deneb|Polaris|Rigel|Sirius|Spica|Sun|Vega"},
    {"StarTrek.character", "Data|Deanna Troi|Geordi La Forge|James T. Kirk|Jean-Luc Picard|Kathryn Janeway|Spock|Worf"},
    {"StarTrek.location", "Bajor|Cardassia|Deep Space Nine|Kronos|Risa|Romulus|Vulcan"},
    {"StarTrek.specie", "Andorian|Bajoran|Betazoid|Borg|Ferengi|Human|Klingon|Romulan|Vulcan"},
    {"StarWars.character",
     "Ahsoka Tano|Boba Fett|Chewbacca|Darth Vader|Han Solo|Lando Calrissian|Leia Organa|Luke Skywalker|Obi-Wan "
     "Kenobi|Yoda"},
    {"Stock.nsdqSymbol", "AAPL|ADBE|AMD|AMZN|CSCO|GOOG|INTC|META|MSFT|NFLX|NVDA|QCOM|SBUX|TSLA|TXN"},
    {"Stock.nyseSymbol", "AXP|BA|BAC|CAT|CVX|DIS|GE|GS|HD|IBM|JNJ|JPM|KO|MCD|NKE|PFE|PG|UPS|V|WMT|XOM"},
    {"Superhero.descriptor", "Agent|Bionic|Captain|Cyborg|Giant|Human|Iron|Jade|Magnetic|Silver|Ultra"},
    {"Superhero.name",
     "#{Superhero.prefix} #{Superhero.suffix}|#{Superhero.descriptor} #{Superhero.suffix}|#{Superhero.prefix} "
     "#{Superhero.descriptor} #{Superhero.suffix}"},
    {"Superhero.power",
     "Agility|Echolocation|Elasticity|Flight|Force Fields|Heat Vision|Invisibility|Levitation|Magnetism|Night "
     "Vision|Shapeshifting|Stealth|Super Speed|Super Strength|Telekinesis|Telepathy|Teleportation|Time Travel"},
    {"Superhero.prefix", "The|Doctor|Mister|Night|Red|Black|Green|Super|Thunder"},
    {"Superhero.suffix", "Blade|Comet|Falcon|Fist|Hawk|Knight|Lantern|Panther|Raven|Shield|Storm|Wolf"},
    {"Team.name", "#{Address.state} #{Animal.name}s"},
    {"Team.sport", "baseball|basketball|cricket|football|handball|hockey|rugby|soccer|tennis|volleyball"},
    {"University.name", "University of #{Address.cityName}|#{Address.state} State University|#{Name.lastName} College"},
    {"Vehicle.carType", "Convertible|Coupe|Hatchback|Minivan|Pickup|Sedan|SUV|Wagon"},
    {"Vehicle.color", "#{Color.name}"},
    {"Vehicle.fuelType", "Diesel|Electric|Ethanol|Gasoline|Hybrid|Hydrogen"},
    {"Vehicle.licensePlate", R"(???-####|??-#####)", true},
    {"Vehicle.make", "#{Vehicle.manufacturer}"},
    {"Vehicle.manufacturer",
     "Audi|BMW|Fiat|Ford|Honda|Hyundai|Kia|Mazda|Nissan|Opel|Peugeot|Renault|Seat|Skoda|Tesla|Toyota|Volkswagen|Volvo"},
    {"Vehicle.model", "Astra|Civic|Corolla|Fiesta|Focus|Golf|Leaf|Model 3|Octavia|Panda|Passat|Polo|Yaris"},
    {"Vehicle.vin", "#{regexify '[A-HJ-NPR-Z0-9]{17}'}"},
    {"Weather.description",
     "Clear|Cloudy|Drizzle|Fog|Hail|Heavy Rain|Light Rain|Partly Cloudy|Snow|Sunny|Thunderstorm|Windy"},
    {"Weather.temperatureCelsius", "#{number.numberBetween '-20','41'}°C"},
    {"Weather.temperatureFahrenheit", "#{number.numberBetween '-4','105'}°F"},
};

}  // namespace

std::span<const WordList> word_lists() { return kLists; }

}  // namespace millstream::connector::faker
